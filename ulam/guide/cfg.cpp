#include "ulam/guide/cfg.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

Query null_query() {
  Query q;
  q.condition = Query::Condition::null;
  return q;
}

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
    return fmt::format("cfg:scale={}{}{}{}", real_text(options_.scale),
                       options_.rescale > 0 ? ",rescale=" + real_text(options_.rescale) : "",
                       when.empty() ? "" : ",", when);
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
    std::vector<double> more = s.weights(options_.schedule, options_.scale - 1), less = more;
    if (s.conditions != nullptr && acts(more) && !conditioned(s))
      fail(ErrorKind::option, "cfg", "the draw has no condition to be guided by; give one, as --label 3");
    for (double& w : less) w = -w;
    return {{Query{}, std::move(more)}, {null_query(), std::move(less)}};
  }
  std::vector<Query> needs(const Situation& s) const override {
    if (options_.rescale > 0 && acts(s.weights(options_.schedule, options_.scale - 1))) return {Query{}};
    return {};
  }
  at::Tensor finish(const at::Tensor& mixed, const Situation& s, Asker& asker) const override {
    std::vector<double> share = s.weights(options_.schedule, options_.scale - 1);
    if (options_.rescale == 0 || !acts(share)) return mixed;
    for (double& w : share) w = w != 0 ? options_.rescale : 0;
    const at::Tensor of = deviations(mixed), to = deviations(asker.answer(Query{}));
    const at::Tensor factor = at::where(of > 0, to / of, at::ones_like(of));
    const at::Tensor phi = at::tensor(share, at::kDouble).to(mixed.options()).view(of.sizes());
    return mixed * (1 + phi * (factor - 1));
  }

 private:
  static bool acts(const std::vector<double>& weights) {
    return std::any_of(weights.begin(), weights.end(), [](double w) { return w != 0; });
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
       ""}};
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = "Ho and Salimans 2022, arXiv 2207.12598; Lin et al. 2023, arXiv 2305.08891 (rescale)";
  e.cost = "1 evaluation more where it acts";
  e.composes = "any solver and term; models with a null class";
  e.make = [](const Options& o, const ModelFinder&, const std::string& place) {
    CfgOptions options;
    options.scale = o.has("strength") ? o.real("strength") + 1 : o.real("scale");
    options.rescale = o.real("rescale");
    options.schedule = schedule_of(o, place);
    return make_cfg(options);
  };
  return e;
}

}  // namespace ulam
