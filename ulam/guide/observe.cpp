#include "ulam/guide/observe.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* observe_place = "observe";

class Observe final : public Term {
 public:
  explicit Observe(const ObserveOptions& options) : options_(options) {}

  std::string spec() const override {
    const std::string when = options_.schedule.text();
    return fmt::format(
        "observe:loss={},scale={},form={}{}{}",
        options_.loss == ObserveOptions::Loss::quantile ? "quantile" : "square", real_text(options_.scale),
        options_.form == ObserveOptions::Form::mean ? "mean" : "score", when.empty() ? "" : ",", when);
  }
  bool of_time() const override {
    return options_.form == ObserveOptions::Form::score && options_.schedule.of_time();
  }
  void check(const ModelInfo& info) const override {
    if (!info.outputs.empty())
      fail(ErrorKind::unsupported, observe_place, "the model '{}' is a classifier and has no data estimate",
           info.name);
  }
  std::vector<Ask> asks(const Situation&) const override { return {}; }

  std::vector<Ask> sources(const Situation& s) const override {
    std::vector<double> weights = weights_of(s);
    if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; })) return {};
    return {{Query{}, std::move(weights)}};
  }

  at::Tensor energy(const Situation& s, Asker& asker) const override {
    const std::vector<double> weights = weights_of(s);
    if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; })) return {};
    const at::Tensor d = asker.data(Query{});
    const at::Tensor observed = observed_of(s, d), seen = observed.isnan().logical_not();
    const at::Tensor e = at::where(seen, observed - d, at::zeros_like(d));
    at::Tensor loss;
    if (options_.loss == ObserveOptions::Loss::square) {
      loss = e.square();
    } else {
      const at::Tensor k = levels_of(s, d);
      loss = at::maximum(k * e, (k - 1) * e);
    }
    return loss.flatten(1).sum(1) * at::tensor(weights, at::kDouble).to(d.options());
  }

 private:
  std::vector<double> weights_of(const Situation& s) const {
    std::vector<double> weights = s.data_weights(options_.schedule, options_.scale);
    if (options_.form == ObserveOptions::Form::score || s.open) return weights;
    for (std::size_t r = 0; r < weights.size(); ++r) {
      const StepKernel& kernel = s.kernel(r);
      if (weights[r] == 0 || !kernel.known()) continue;
      // The field moves the prediction by -from_data s^2/a times the gradient, the step takes `share` of
      // that.
      const Marginal m = s.info->path.at(s.times[r]);
      const double moved =
          m.a > 0 && m.s > 0 ? kernel.share * from_data(s.info->head, m).of_p * m.s * m.s / m.a : 0;
      weights[r] *= moved != 0 ? kernel.variance / moved : 0;
    }
    return weights;
  }

  static at::Tensor observed_of(const Situation& s, const at::Tensor& d) {
    const auto found = s.conditions->find(observed_condition);
    if (found == s.conditions->end())
      fail(ErrorKind::option, observe_place,
           "the draw has no condition '{}': rows of observations, NaN where there are none; `ulam forecast` "
           "gives them",
           observed_condition);
    if (found->second.sizes() != d.sizes())
      fail(ErrorKind::shape, observe_place, "observations of shape {} for samples of shape {}",
           shape_text(found->second.sizes()), shape_text(d.sizes()));
    return found->second.to(d.options());
  }

  static at::Tensor levels_of(const Situation& s, const at::Tensor& d) {
    std::vector<std::int64_t> wide(static_cast<std::size_t>(d.dim()), 1);
    wide[0] = d.size(0);
    const auto found = s.conditions->find(level_condition);
    if (found == s.conditions->end()) return at::full(wide, .5, d.options());
    const at::Tensor& level = found->second;
    if (level.dim() != 1 || level.size(0) != d.size(0))
      fail(ErrorKind::shape, observe_place, "levels of shape {} for {} samples", shape_text(level.sizes()),
           d.size(0));
    if (!level.gt(0).logical_and(level.lt(1)).all().item<bool>())
      fail(ErrorKind::option, observe_place, "a quantile level is not strictly between 0 and 1");
    return level.to(d.options()).view(wide);
  }

  ObserveOptions options_;
};

}  // namespace

TermPtr make_observe(const ObserveOptions& options) {
  if (!std::isfinite(options.scale))
    fail(ErrorKind::option, observe_place, "scale = {} is not finite", options.scale);
  return std::make_shared<Observe>(options);
}

TermEntry observe_entry() {
  TermEntry e;
  e.name = "observe";
  e.aliases = {"tsdiff"};
  e.purpose = "Observation self-guidance: towards what was seen of a window, each row to its quantile";
  e.parameters = {
      {"loss", OptionType::text, "quantile", "of an observed entry", {}, {}, {"quantile", "square"}, ""},
      {"scale", OptionType::real, "4", "factor on the gradient", 0, 1e6, {}, ""},
      {"form",
       OptionType::text,
       "mean",
       "the gradient moves a noisy step's mean by its variance, or the score",
       {},
       {},
       {"mean", "score"},
       ""}};
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = "Kollovieh et al. 2023, arXiv 2307.11494";
  e.cost = "one backward pass where it acts";
  e.composes = "any solver (form=mean: with noise) and term; draws with observations";
  e.make = [](const Options& o, const ModelFinder&, const std::string& place_) {
    ObserveOptions options;
    options.loss =
        o.text("loss") == "quantile" ? ObserveOptions::Loss::quantile : ObserveOptions::Loss::square;
    options.scale = o.real("scale");
    options.form = o.text("form") == "mean" ? ObserveOptions::Form::mean : ObserveOptions::Form::score;
    options.schedule = schedule_of(o, place_);
    return make_observe(options);
  };
  return e;
}

}  // namespace ulam
