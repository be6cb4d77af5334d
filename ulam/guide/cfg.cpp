#include "ulam/guide/cfg.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/guide/rows.h"

namespace ulam {
namespace {

at::Tensor deviations(const at::Tensor& x) {
  std::vector<std::int64_t> wide(static_cast<std::size_t>(x.dim()), 1);
  wide[0] = x.size(0);
  return x.reshape({x.size(0), -1}).std(1, false).view(wide);
}

class Cfg final : public Term {
 public:
  explicit Cfg(const CfgOptions& options) : options_(options) {}
  std::string spec() const override {
    const std::string when = options_.schedule.text();
    return fmt::format("cfg:scale={}{}{}{}{}{}", real_text(options_.scale),
                       options_.form == Form::cfg        ? ""
                       : options_.form == Form::plusplus ? ",form=plusplus"
                                                         : ",form=projected",
                       options_.zero > 0 ? fmt::format(",zero={}", options_.zero) : "",
                       options_.rescale > 0 ? ",rescale=" + real_text(options_.rescale) : "",
                       when.empty() ? "" : ",", when);
  }
  bool of_time() const override {
    return options_.form != Form::plusplus && options_.zero == 0 && options_.schedule.of_time();
  }
  void check(const ModelInfo& info) const override {
    for (const ConditionInfo& c : info.conditions)
      if (c.null_class || c.classes == 0) return;
    fail(ErrorKind::unsupported, "cfg",
         "the model '{}' {}; guidance without a classifier needs a model trained with its condition dropped "
         "at times",
         info.name, info.conditions.empty() ? "has no condition" : "has no null class");
  }
  std::vector<Ask> asks(const Situation& s) const override {
    std::vector<double> more = mix(s), less = more;
    if (s.conditions != nullptr && any_weight(more) && !conditioned(s))
      fail(ErrorKind::option, "cfg", "the draw has no condition to be guided by; give one, as --label 3");
    for (double& w : less) w = -w;
    for (std::size_t r = 0; r < more.size(); ++r)
      if (zeroed(s, r)) more[r] = -1, less[r] = 0;
    return {{Query{}, std::move(more)}, {null_query(), std::move(less)}};
  }
  std::vector<Query> needs(const Situation& s) const override {
    if (options_.rescale > 0 && any_weight(mix(s))) return {Query{}};
    if (options_.form == Form::projected && any_weight(mix(s))) return {Query{}, null_query()};
    return {};
  }
  at::Tensor finish(const at::Tensor& mixed, const Situation& s, Asker& asker) const override {
    const std::vector<double> weight = mix(s);
    at::Tensor out = mixed;
    if (options_.form == Form::projected && any_weight(weight)) out = projected(out, weight, s, asker);
    if (options_.rescale > 0 && any_weight(weight)) {
      std::vector<double> share = weight;
      for (double& w : share) w = w != 0 ? options_.rescale : 0;
      const at::Tensor of = deviations(out), to = deviations(asker.answer(Query{}));
      const at::Tensor factor = at::where(of > 0, to / of, at::ones_like(of));
      out = out * (1 + wide(share, out) * (factor - 1));
    }
    std::vector<double> at_rest, kept;
    for (std::size_t r = 0; r < s.rows(); ++r) {
      at_rest.push_back(zeroed(s, r) ? in_head(s, r).of_x : 0);
      kept.push_back(zeroed(s, r) ? 0 : 1);
    }
    return options_.zero == 0 || !any_weight(at_rest_rows(s))
               ? out
               : out * wide(kept, out) + asker.state() * wide(at_rest, out);
  }

 private:
  using Form = CfgOptions::Form;
  bool zeroed(const Situation& s, std::size_t r) const {
    const int step = s.context.row_steps.empty() ? s.context.step : s.context.row_steps[r];
    return !s.open && s.context.steps > 0 && step < options_.zero;
  }
  std::vector<double> at_rest_rows(const Situation& s) const {
    std::vector<double> out;
    for (std::size_t r = 0; r < s.rows(); ++r) out.push_back(zeroed(s, r) ? 1 : 0);
    return out;
  }
  /// The weight of D_given - D_null beyond D_given.
  std::vector<double> mix(const Situation& s) const {
    std::vector<double> out;
    if (options_.form == Form::plusplus) {
      const std::vector<double> on = s.weights(options_.schedule, 1);
      for (std::size_t r = 0; r < on.size(); ++r) {
        const StepKernel& k = s.kernel(r);
        if (!k.known() && !s.open && on[r] != 0)
          fail(ErrorKind::unsupported, "cfg",
               "form=plusplus needs the steps of a plan, which are not known here");
        const double last = k.known() ? s.info->path.rho(k.to) / s.info->path.rho(k.from) : 0;
        out.push_back(on[r] * ((s.open ? 2 : options_.scale) / (1 - last) - 1));
      }
    } else {
      out = s.weights(options_.schedule, options_.scale - 1);
    }
    for (std::size_t r = 0; r < out.size(); ++r)
      if (zeroed(s, r)) out[r] = 0;
    return out;
  }
  /// prediction = of_x x + of_p u of the velocity u.
  static Affine in_head(const Situation& s, std::size_t r) {
    const Marginal m = s.info->path.at(s.times[r]);
    Head flow;
    flow.kind = Prediction::flow;
    const Affine to = to_data(flow, m), back = from_data(s.info->head, m);
    return {back.of_x + back.of_p * to.of_x, back.of_p * to.of_p};
  }
  /// The share of D_null changes from w to w <u_c, u_n> / |u_n|^2 in units of the velocity.
  static at::Tensor projected(const at::Tensor& mixed, const std::vector<double>& weight, const Situation& s,
                              Asker& asker) {
    std::vector<double> of_x, of_p, share;
    for (std::size_t r = 0; r < s.rows(); ++r) {
      const Affine a = weight[r] != 0 ? in_head(s, r) : Affine{};
      of_x.push_back(a.of_x / a.of_p), of_p.push_back(1 / a.of_p), share.push_back(-weight[r] * a.of_p);
    }
    const auto velocity = [&](const Query& q) {
      const at::Tensor p = asker.answer(q);
      return p * wide(of_p, p) - asker.state() * wide(of_x, p);
    };
    const at::Tensor given = velocity({}), null = velocity(null_query());
    const at::Tensor square = row_dots(null, null);
    const at::Tensor best = at::where(square > 0, row_dots(given, null) / square, at::ones_like(square));
    return mixed + null * ((best - 1) * wide(share, mixed));
  }
  // Whether some row has another condition than none.
  static bool conditioned(const Situation& s) {
    for (const ConditionInfo& c : s.info->conditions) {
      const auto found = s.conditions->find(c.name);
      if (found == s.conditions->end()) continue;
      if (c.classes == 0 || found->second.ne(c.classes).any().item<bool>()) return true;
    }
    return false;
  }
  CfgOptions options_;
};

}  // namespace

TermPtr make_cfg(const CfgOptions& options) {
  if (!std::isfinite(options.scale))
    fail(ErrorKind::option, "cfg", "scale = {} is not finite", options.scale);
  if (!(options.rescale >= 0 && options.rescale <= 1))
    fail(ErrorKind::option, "cfg", "rescale = {} is not in 0 .. 1", options.rescale);
  if (options.zero < 0) fail(ErrorKind::option, "cfg", "zero = {} steps is negative", options.zero);
  return std::make_shared<Cfg>(options);
}

TermEntry cfg_entry() {
  TermEntry e;
  e.name = "cfg";
  e.aliases = {"classifier_free"};
  e.purpose = "Classifier-free guidance: away from what the model draws without its condition";
  e.parameters = {
      {"scale", OptionType::real, "2", "0 unconditional, 1 conditional, above 1 guided", -1e3, 1e3, {}, ""},
      {"strength", OptionType::real, "", "scale - 1, the other convention", -1e3, 1e3, {}, ""},
      {"rescale",
       OptionType::real,
       "0",
       "share of the deviation that is set back, 0.7 is usual",
       0,
       1,
       {},
       ""},
      {"form",
       OptionType::text,
       "cfg",
       "cfg; plusplus: CFG++, scales in 0 .. 1; projected: CFG-Zero*",
       {},
       {},
       {"cfg", "plusplus", "projected"},
       ""},
      {"zero", OptionType::integer, "0", "first steps without motion (CFG-Zero*)", 0, 1e6, {}, ""}};
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper =
      "Ho and Salimans 2022, arXiv 2207.12598; Lin et al. 2023, arXiv 2305.08891 (rescale); Chung et al. "
      "2024, arXiv 2406.08070 (plusplus); Fan et al. 2025, arXiv 2503.18886 (projected, zero)";
  e.cost = "1 evaluation more where it acts";
  e.composes = "any solver and term; models with a null class";
  e.make = [](const Options& o, const ModelFinder&, const std::string& place) {
    CfgOptions options;
    options.scale = o.has("strength") ? o.real("strength") + 1 : o.real("scale");
    options.rescale = o.real("rescale");
    options.form = o.text("form") == "plusplus"    ? CfgOptions::Form::plusplus
                   : o.text("form") == "projected" ? CfgOptions::Form::projected
                                                   : CfgOptions::Form::cfg;
    options.zero = static_cast<int>(o.integer("zero"));
    options.schedule = schedule_of(o, place);
    return make_cfg(options);
  };
  return e;
}

}  // namespace ulam
