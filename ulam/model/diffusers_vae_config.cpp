#include "ulam/model/diffusers_vae_config.h"

#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/io/quote.h"
#include "ulam/model/diffusers_fields.h"

namespace ulam::diffusers {
namespace {

std::vector<bool> vae_blocks(Fields& f, const char* field, const std::string& plain,
                             const std::string& attention) {
  std::vector<bool> out;
  for (const std::string& name : f.texts(field, {plain})) {
    if (name != plain && name != attention) {
      const std::string near = nearest_name(name, {plain, attention});
      f.refuse(field, fmt::format("the block {} is none of: {}, {}{}", io::in_quotes(name), plain, attention,
                                  near.empty() ? "" : "; nearest: " + near));
    }
    out.push_back(name == attention);
  }
  return out;
}

/// A number a channel of the latents; empty where the field is null or absent.
std::vector<double> a_latent_channel(Fields& f, const char* field, int channels, double least) {
  if (!f.has(field)) return {};
  std::vector<double> out = f.reals(field, {}, least, 1e6, 4096);
  if (out.size() != static_cast<std::size_t>(channels))
    f.refuse(field, fmt::format("{} numbers are needed, one a channel of the latents", channels));
  return out;
}

void check_vae(const Fields& f, const VaeConfig& c) {
  if (c.down.size() != c.channels.size() || c.up.size() != c.channels.size())
    fail(ErrorKind::file, f.place(),
         "'down_block_types' has {} entries, 'up_block_types' {} and 'block_out_channels' {}; one number is "
         "needed",
         c.down.size(), c.up.size(), c.channels.size());
  for (std::size_t l = 0; l < c.channels.size(); ++l)
    if (c.channels[l] % c.groups != 0)
      f.refuse("norm_num_groups",
               fmt::format("which does not divide the {} channels of level {}", c.channels[l], l));
}

}  // namespace

VaeConfig parse_vae(const nlohmann::json& json, const std::string& place) {
  Fields f(json, place);
  VaeConfig c;
  c.in_channels = f.integer("in_channels", 3, 1, 4096);
  c.out_channels = f.integer("out_channels", 3, 1, 4096);
  c.down = vae_blocks(f, "down_block_types", "DownEncoderBlock2D", "AttnDownEncoderBlock2D");
  c.up = vae_blocks(f, "up_block_types", "UpDecoderBlock2D", "AttnUpDecoderBlock2D");
  c.channels = f.integers("block_out_channels", {64}, 1, 65536);
  c.layers = f.integer("layers_per_block", 1, 1, 64);
  c.activation = parse_activation(f.text("act_fn", "silu"), place, "act_fn");
  c.latent_channels = f.integer("latent_channels", 4, 1, 4096);
  c.groups = f.integer("norm_num_groups", 32, 1, 65536);
  c.scale = f.real("scaling_factor", 0.18215, 1e-6, 1e6);
  c.shift = f.maybe_real("shift_factor", std::nullopt, -1e6, 1e6).value_or(0);
  c.mean = a_latent_channel(f, "latents_mean", c.latent_channels, -1e6);
  c.std = a_latent_channel(f, "latents_std", c.latent_channels, 1e-6);
  c.quant_conv = f.flag("use_quant_conv", true);
  c.post_quant_conv = f.flag("use_post_quant_conv", true);
  c.middle_attention = f.flag("mid_block_add_attention", true);
  f.ignore({"sample_size", "force_upcast"});
  check_vae(f, c);
  c.warnings = f.warnings();
  return c;
}

}  // namespace ulam::diffusers
