#include "ulam/model/diffusers_unet_config.h"

#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/io/quote.h"
#include "ulam/model/diffusers_fields.h"

namespace ulam::diffusers {
namespace {

struct Named {
  const char *down, *up;
  Block block;
};
constexpr Named block_kinds[] = {{"DownBlock2D", "UpBlock2D", Block::plain},
                                 {"AttnDownBlock2D", "AttnUpBlock2D", Block::attention},
                                 {"ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D", Block::resnet},
                                 {"SkipDownBlock2D", "SkipUpBlock2D", Block::skip},
                                 {"AttnSkipDownBlock2D", "AttnSkipUpBlock2D", Block::attention_skip},
                                 {"KDownBlock2D", "KUpBlock2D", Block::k}};

std::vector<Block> blocks(Fields& f, const char* field, const std::vector<std::string>& standard, bool down) {
  std::vector<std::string> valid;
  for (const Named& k : block_kinds) valid.push_back(down ? k.down : k.up);
  std::vector<Block> out;
  for (std::string name : f.texts(field, standard)) {
    if (name.starts_with("UNetRes")) name = name.substr(7);  // as diffusers once called them
    const auto at = std::find(valid.begin(), valid.end(), name);
    if (at == valid.end()) {
      const std::string near = nearest_name(name, valid);
      f.refuse(field, fmt::format("the block {} is none of: {}{}", io::in_quotes(name), joined(valid),
                                  near.empty() ? "" : "; nearest: " + near));
    }
    out.push_back(block_kinds[at - valid.begin()].block);
  }
  return out;
}

Resample resample(Fields& f, const char* field) {
  const auto type = f.maybe_text(field, "conv");
  if (!type) return Resample::conv;
  return *type == "conv" ? Resample::conv : *type == "resnet" ? Resample::resnet : Resample::none;
}

void check_groups(const Fields& f, const char* what, int channels, int groups) {
  if (groups < 1 || channels % groups != 0)
    fail(ErrorKind::file, f.place(),
         "field 'norm_num_groups' cuts the {} channels of {} into {} groups, which does not come out even",
         channels, what, groups);
}

/// What the way down keeps must be what the way up takes, in channels and size.
void check_skips(const Fields& f, const Unet2dConfig& c) {
  struct Kept {
    int channels, height, width;
  };
  const int levels = static_cast<int>(c.channels.size());
  int height = c.height, width = c.width;
  std::vector<Kept> kept = {{c.channels[0], height, width}};
  for (int l = 0; l < levels; ++l) {
    for (int i = 0; i < c.layers; ++i) kept.push_back({c.channels[l], height, width});
    if (l + 1 == levels || (c.down[l] == Block::attention && c.downsample == Resample::none)) continue;
    if (height % 2 != 0 || width % 2 != 0)
      fail(ErrorKind::file, f.place(),
           "field 'sample_size': {} x {} cannot be halved {} times, once a level but the last", c.height,
           c.width, levels - 1);
    height /= 2, width /= 2;
    if (c.down[l] != Block::k)
      kept.push_back({c.channels[l], height, width});
    else if (height < 2 || width < 2)
      fail(ErrorKind::file, f.place(), "field 'sample_size': {} x {} is too small for K blocks", c.height,
           c.width);
  }
  const auto take = [&](int level, int channels) {
    if (kept.empty() || kept.back().channels != channels || kept.back().height != height ||
        kept.back().width != width)
      fail(ErrorKind::file, f.place(),
           "'down_block_types', 'up_block_types' and the resampling types do not fit one another: the way up "
           "through level {} "
           "takes {} channels of {} x {}, the way down {}",
           level, channels, height, width,
           kept.empty() ? "kept nothing more"
                        : fmt::format("kept {} of {} x {}", kept.back().channels, kept.back().height,
                                      kept.back().width));
    kept.pop_back();
  };
  for (int l = levels - 1; l >= 0; --l) {
    const Block up = c.up[levels - 1 - l];
    if (up == Block::k)
      for (int i = 0; i < c.layers; ++i) take(l, c.channels[l]);
    else
      for (int i = 0; i <= c.layers; ++i)
        take(l, i == c.layers ? c.channels[std::max(l - 1, 0)] : c.channels[l]);
    if (l > 0 && !(up == Block::attention && c.upsample == Resample::none)) height *= 2, width *= 2;
  }
}

/// Channels of every block against its norms and heads.
void check(const Fields& f, const Unet2dConfig& c) {
  const std::size_t levels = c.channels.size();
  if (c.down.size() != levels || c.up.size() != levels)
    fail(ErrorKind::file, f.place(),
         "'down_block_types' has {} entries, 'up_block_types' {} and 'block_out_channels' {}; one number is "
         "needed",
         c.down.size(), c.up.size(), levels);
  check_groups(f, "the first level", c.channels.front(), c.groups_of(c.channels.front()));
  const auto grouped = [](Block b) {
    return b == Block::plain || b == Block::attention || b == Block::resnet;
  };
  for (std::size_t l = 0; l < levels; ++l) {
    const int n = c.channels[l];
    const Block down = c.down[l], up = c.up[levels - 1 - l];
    for (const Block b : {down, up}) {
      if (grouped(b) && !c.groups)
        f.refuse("norm_num_groups",
                 fmt::format("a number is needed: level {} is neither of skip nor of K blocks", l));
      if (grouped(b)) check_groups(f, fmt::format("level {}", l).c_str(), n, *c.groups);
      if ((b == Block::attention || b == Block::attention_skip) && c.head_dim && *c.head_dim > n)
        fail(ErrorKind::file, f.place(),
             "field 'attention_head_dim' is {}, more than the {} channels of level {}", *c.head_dim, n, l);
      if (b == Block::attention_skip && n % 32 != 0)
        fail(ErrorKind::file, f.place(),
             "field 'block_out_channels': level {} has {} channels, its attention needs a multiple of 32", l,
             n);
      if ((b == Block::skip || b == Block::attention_skip) && n % std::min(std::max(n / 4, 1), 32) != 0)
        fail(ErrorKind::file, f.place(),
             "field 'block_out_channels': {} channels of level {} do not come out even in {} groups", n, l,
             std::min(n / 4, 32));
      if (b == Block::k && n % 32 != 0)
        fail(ErrorKind::file, f.place(),
             "field 'block_out_channels': level {} has {} channels, K blocks need a multiple of 32", l, n);
    }
    if ((down == Block::skip || down == Block::attention_skip) && c.in_channels != 3)
      fail(ErrorKind::file, f.place(), "field 'in_channels' is {}; skip blocks are for 3 channels",
           c.in_channels);
    if ((up == Block::skip || up == Block::attention_skip) && c.out_channels != 3)
      fail(ErrorKind::file, f.place(), "field 'out_channels' is {}; skip blocks are for 3 channels",
           c.out_channels);
    if ((down == Block::k) != (up == Block::k))
      fail(ErrorKind::file, f.place(), "level {} has a K block on one side only; both sides or none", l);
  }
  if (c.middle) {
    check_groups(f, "the middle", c.channels.back(), c.groups_of(c.channels.back()));
    if (c.middle_attention && c.middle_groups && c.channels.back() % *c.middle_groups != 0)
      fail(ErrorKind::file, f.place(),
           "field 'attn_norm_num_groups' is {}, which does not divide the {} channels of the middle",
           *c.middle_groups, c.channels.back());
    if (c.middle_attention && c.head_dim && *c.head_dim > c.channels.back())
      fail(ErrorKind::file, f.place(),
           "field 'attention_head_dim' is {}, more than the {} channels of the middle", *c.head_dim,
           c.channels.back());
  }
}

}  // namespace

Activation parse_activation(const std::string& name, const std::string& place, const std::string& field) {
  static const std::vector<std::string> names = {"silu", "swish", "mish", "gelu", "relu"};
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    const std::string near = nearest_name(name, names);
    fail(ErrorKind::file, place, "field '{}' is {}, valid: {}{}", field, io::in_quotes(name), joined(names),
         near.empty() ? "" : "; nearest: " + near);
  }
  const Activation by_name[] = {Activation::silu, Activation::silu, Activation::mish, Activation::gelu,
                                Activation::relu};
  return by_name[at - names.begin()];
}

int Unet2dConfig::groups_of(int of_channels) const { return groups.value_or(std::min(of_channels / 4, 32)); }

Unet2dConfig parse_unet2d(const nlohmann::json& json, const std::string& place) {
  Fields f(json, place);
  Unet2dConfig c;
  std::tie(c.height, c.width) = f.size("sample_size", std::nullopt, 1, 8192);
  c.in_channels = f.integer("in_channels", 3, 1, 4096);
  c.out_channels = f.integer("out_channels", 3, 1, 4096);
  c.center_input = f.flag("center_input_sample", false);
  const std::string time =
      f.choice("time_embedding_type", "positional", {"positional", "fourier", "learned"});
  c.time = time == "fourier"   ? Unet2dConfig::Time::fourier
           : time == "learned" ? Unet2dConfig::Time::learned
                               : Unet2dConfig::Time::positional;
  c.freq_shift = f.real("freq_shift", 0, -1000, 1000);
  c.flip_sin_to_cos = f.flag("flip_sin_to_cos", true);
  c.down = blocks(f, "down_block_types",
                  {"DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"}, true);
  c.up = blocks(f, "up_block_types", {"AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"}, false);
  const auto middle = f.maybe_text("mid_block_type", "UNetMidBlock2D");
  c.middle = middle.has_value();
  if (middle && *middle != "UNetMidBlock2D") f.refuse("mid_block_type", "valid: UNetMidBlock2D, null");
  c.middle_attention = f.flag("add_attention", true);
  c.channels = f.integers("block_out_channels", {224, 448, 672, 896}, 1, 65536);
  c.layers = f.integer("layers_per_block", 2, 1, 64);
  c.middle_scale = f.real("mid_block_scale_factor", 1, 1e-6, 1e6);
  c.downsample_padding = f.integer("downsample_padding", 1, 0, 1);
  c.downsample = resample(f, "downsample_type");
  c.upsample = resample(f, "upsample_type");
  c.activation = parse_activation(f.text("act_fn", "silu"), place, "act_fn");
  c.head_dim = f.maybe_integer("attention_head_dim", 8, 1, 65536);
  c.groups = f.maybe_integer("norm_num_groups", 32, 1, 65536);
  c.eps = f.real("norm_eps", 1e-5, 0, 1);
  const std::string shift = f.choice("resnet_time_scale_shift", "default", {"default", "scale_shift"});
  c.shift = shift == "default" ? TimeShift::add : TimeShift::scale_shift;
  c.middle_groups = f.maybe_integer("attn_norm_num_groups", std::nullopt, 1, 65536);
  if (!c.middle_groups && c.shift == TimeShift::add) c.middle_groups = c.groups_of(c.channels.back());
  c.time_dim =
      f.maybe_integer("time_embedding_dim", std::nullopt, 1, 1 << 20).value_or(4 * c.channels.front());
  const auto label = f.maybe_text("class_embed_type", std::nullopt);
  const auto classes = f.maybe_integer("num_class_embeds", std::nullopt, 1, 1 << 24);
  if (!label && classes) {
    c.label = Unet2dConfig::Class::table;
  } else if (label) {
    if (*label == "timestep")
      c.label = Unet2dConfig::Class::timestep;
    else if (*label == "identity")
      c.label = Unet2dConfig::Class::identity;
    else
      f.refuse("class_embed_type", "valid: timestep, identity, null");
  }
  c.classes = classes.value_or(0);
  c.timesteps = f.maybe_integer("num_train_timesteps", std::nullopt, 1, 1 << 20).value_or(0);
  if (c.time == Unet2dConfig::Time::learned && c.timesteps == 0)
    f.refuse("num_train_timesteps", "a learned time embedding needs it");
  if (c.time != Unet2dConfig::Time::learned && c.time != Unet2dConfig::Time::fourier &&
      c.channels[0] / 2 == c.freq_shift)
    f.refuse("freq_shift", "which leaves no frequency for the time embedding");
  f.ignore({"dropout"});
  check(f, c);
  check_skips(f, c);
  c.warnings = f.warnings();
  return c;
}

}  // namespace ulam::diffusers
