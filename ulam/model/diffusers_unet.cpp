#include "ulam/model/diffusers_unet.h"

#include <numbers>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"
#include "ulam/model/diffusers_blocks.h"

namespace ulam::diffusers {
namespace {

using Config = Unet2dConfig;

class Unet2d final : public Network {
 public:
  Unet2d(const nlohmann::json& json, const Config& config, ParameterSource* source)
      : Network(json), c_(config) {
    parameters_.declare_from(source);
    shape_ = {c_.in_channels, c_.height, c_.width};
    Building b{parameters_, c_, taps_, perturbations_, flops_, c_.height, c_.width};
    const int first = c_.channels.front();
    conv_in_ = Conv(parameters_, "conv_in", c_.in_channels, first, 3);
    flops_ += conv_in_.flops(c_.height, c_.width);
    const int features = c_.time == Config::Time::fourier ? 2 * first : first;
    if (c_.time == Config::Time::fourier) time_table_ = parameters_.declare("time_proj.weight", {first}, 16);
    if (c_.time == Config::Time::learned)
      time_table_ = parameters_.declare("time_proj.weight", {c_.timesteps, first}, 1);
    time1_ = Linear(parameters_, "time_embedding.linear_1", features, c_.time_dim);
    time2_ = Linear(parameters_, "time_embedding.linear_2", c_.time_dim, c_.time_dim);
    if (c_.label == Config::Class::table) {
      classes_ = c_.classes;
      class_table_ = parameters_.declare("class_embedding.weight", {c_.classes, c_.time_dim}, 1);
    }
    if (c_.label == Config::Class::timestep) {
      classes_ = c_.classes > 0 ? c_.classes : 1000;
      class1_ = Linear(parameters_, "class_embedding.linear_1", features, c_.time_dim);
      class2_ = Linear(parameters_, "class_embedding.linear_2", c_.time_dim, c_.time_dim);
    }
    const int levels = static_cast<int>(c_.channels.size());
    for (int l = 0; l < levels; ++l) down_.emplace_back(b, l);
    if (c_.middle) middle_.emplace(b);
    for (int l = 0; l < levels; ++l) up_.emplace_back(b, l);
    norm_ = GroupNorm(parameters_, "conv_norm_out", first, c_.groups_of(first), c_.eps);
    conv_out_ = Conv(parameters_, "conv_out", first, c_.out_channels, 3);
    flops_ += conv_out_.flops(c_.height, c_.width);
    parameters_.declare_from(nullptr);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& timestep, const Conditions& conditions,
                     Call& call) const override {
    const Run run{call, at::kFloat};
    const at::Tensor embedding = embed(timestep, x.size(0), conditions);
    Stream s;
    s.skip = (c_.center_input ? 2 * x - 1 : x).contiguous(at::MemoryFormat::ChannelsLast);
    s.x = conv_in_(s.skip);
    std::vector<at::Tensor> kept = {s.x};
    for (const DownLevel& level : down_) level(s, embedding, kept, run);
    if (middle_) s.x = (*middle_)(s.x, embedding, run);
    s.skip = at::Tensor();
    for (const UpLevel& level : up_) level(s, embedding, kept, run);
    at::Tensor y = conv_out_(activate(norm_(s.x), Activation::silu));
    if (s.skip.defined()) y = y + s.skip;
    if (c_.time == Config::Time::fourier) y = y / timestep.view({-1, 1, 1, 1});
    return y.contiguous();
  }

 private:
  at::Tensor features(const at::Tensor& time) const {
    if (c_.time == Config::Time::learned) {
      const at::Tensor index = time.round().to(at::kLong);
      if (index.numel() > 0 &&
          (index.min().item<std::int64_t>() < 0 || index.max().item<std::int64_t>() >= c_.timesteps))
        fail(ErrorKind::numeric, "time embedding", "a timestep is not in 0..{}, for which it was learned",
             c_.timesteps - 1);
      return at::embedding(time_table_, index);
    }
    if (c_.time == Config::Time::positional)
      return timestep_features(time, c_.channels.front(), c_.flip_sin_to_cos, c_.freq_shift);
    const at::Tensor angle = at::log(time).view({-1, 1}) * time_table_.view({1, -1}) * 2 * std::numbers::pi;
    return at::cat({angle.sin(), angle.cos()}, 1);
  }

  at::Tensor embed(const at::Tensor& timestep, std::int64_t rows, const Conditions& conditions) const {
    const auto two = [](const Linear& a, const Linear& b, const at::Tensor& v) {
      return b(activate(a(v), Activation::silu));
    };
    const at::Tensor e = two(time1_, time2_, features(timestep));
    const std::string wanted = c_.label == Config::Class::identity ? "embedding" : "label";
    for (const auto& [name, value] : conditions)
      if (c_.label == Config::Class::none || name != wanted)
        fail(ErrorKind::unsupported, "condition '" + name + "'", "the network takes {}",
             c_.label == Config::Class::none ? "no conditions" : "'" + wanted + "' only");
    if (c_.label == Config::Class::none) return e;
    const auto found = conditions.find(wanted);
    if (found == conditions.end())
      fail(ErrorKind::unsupported, "condition '" + wanted + "'",
           "the network has no null class, every row needs one");
    const at::Tensor& given = found->second;
    if (c_.label == Config::Class::identity) {
      if (given.dim() != 2 || given.size(0) != rows || given.size(1) != c_.time_dim)
        fail(ErrorKind::shape, "condition 'embedding'", "shape {} where [{}, {}] is needed",
             shape_text(given.sizes()), rows, c_.time_dim);
      return e + given.to(e.options());
    }
    if (c_.label == Config::Class::table)
      return e + at::embedding(class_table_, label_rows(conditions, rows, c_.classes, false, e.device()));
    if (given.dim() != 1 || given.size(0) != rows)
      fail(ErrorKind::shape, "condition 'label'", "shape {} where [{}] is needed, one a row",
           shape_text(given.sizes()), rows);
    return e + two(class1_, class2_, features(given.to(e.options())));
  }

  Config c_;
  Conv conv_in_, conv_out_;
  at::Tensor time_table_, class_table_;
  Linear time1_, time2_, class1_, class2_;
  std::vector<DownLevel> down_;
  std::optional<MiddleLevel> middle_;
  std::vector<UpLevel> up_;
  GroupNorm norm_;
};

}  // namespace

std::unique_ptr<Network> make_unet2d(const nlohmann::json& json, const Unet2dConfig& config,
                                     ParameterSource* source) {
  return std::make_unique<Unet2d>(json, config, source);
}

}  // namespace ulam::diffusers
