#include "ulam/model/diffusers_dit_config.h"

#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/model/diffusers_fields.h"

namespace ulam::diffusers {
namespace {

constexpr int most_tokens = 16384;
constexpr int most_width = 65536;

DitConfig::Act dit_activation(Fields& f) {
  static const std::vector<std::string> names = {
      "gelu", "gelu-approximate", "geglu-approximate", "linear-silu", "geglu", "swiglu"};
  constexpr DitConfig::Act by_name[] = {DitConfig::Act::gelu,         DitConfig::Act::gelu_tanh,
                                        DitConfig::Act::gelu_sigmoid, DitConfig::Act::silu,
                                        DitConfig::Act::geglu,        DitConfig::Act::swiglu};
  const std::string name = f.choice("activation_fn", "gelu-approximate", names);
  return by_name[std::find(names.begin(), names.end(), name) - names.begin()];
}

/// What a Transformer2DModel can be beside a DiT.
void check_older_class(Fields& f) {
  if (!f.has("norm_type")) f.refuse("norm_type", "a Transformer2DModel is read where it is ada_norm_zero");
  if (!f.has("patch_size"))
    f.refuse("patch_size", "a Transformer2DModel is read where it cuts its input into patches");
  for (const char* name : {"cross_attention_dim", "caption_channels", "num_vector_embeds"})
    if (f.has(name)) f.refuse(name, "null is needed: transformers of text or codes are not known here");
  for (const char* name : {"only_cross_attention", "double_self_attention"})
    if (f.flag(name, false)) f.refuse(name, "false is needed: transformers of text are not known here");
  // Of these diffusers' own DiT heeds nothing.
  f.ignore({"use_linear_projection", "attention_type", "interpolation_scale", "use_additional_conditions"});
}

}  // namespace

DitConfig parse_dit(const nlohmann::json& json, const std::string& place) {
  Fields f(json, place);
  DitConfig c;
  if (f.maybe_text("_class_name", "") == "Transformer2DModel") check_older_class(f);
  f.choice("norm_type", "ada_norm_zero", {"ada_norm_zero"});
  c.heads = f.integer("num_attention_heads", 16, 1, 4096);
  c.head_dim = f.integer("attention_head_dim", 72, 1, 4096);
  if (c.width() > most_width || c.width() % 4 != 0)
    f.refuse("attention_head_dim",
             fmt::format("{} heads of it are {} channels; a multiple of 4 up to {} is needed", c.heads,
                         c.width(), most_width));
  c.in_channels = f.integer("in_channels", 4, 1, 4096);
  c.out_channels = f.maybe_integer("out_channels", std::nullopt, 1, 8192).value_or(c.in_channels);
  c.layers = f.integer("num_layers", 28, 1, 1024);
  c.attention_bias = f.flag("attention_bias", true);
  c.size = f.integer("sample_size", 32, 1, 8192);
  c.patch = f.integer("patch_size", 2, 1, 8192);
  if (c.size % c.patch != 0)
    f.refuse("sample_size", fmt::format("patches of {} pixels do not come out even", c.patch));
  if (c.grid() * c.grid() > most_tokens)
    f.refuse("sample_size", fmt::format("with patches of {} pixels that is {} tokens, {} are the most",
                                        c.patch, c.grid() * c.grid(), most_tokens));
  c.act = dit_activation(f);
  c.classes = f.integer("num_embeds_ada_norm", 1000, 1, 1 << 24);
  c.affine = f.flag("norm_elementwise_affine", false);
  c.eps = f.real("norm_eps", 1e-5, 0, 1);
  f.ignore({"dropout", "norm_num_groups", "upcast_attention"});
  c.warnings = f.warnings();
  return c;
}

}  // namespace ulam::diffusers
