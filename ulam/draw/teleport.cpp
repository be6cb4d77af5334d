#include "ulam/draw/teleport.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/problems/problem.h"

namespace ulam {
namespace {

/// s/a where time levels of one sigma may differ in their last digits.
bool at_most(double rho, double sigma) { return rho <= sigma * (1 + 1e-9); }

}  // namespace

Start parse_start(const std::string& text, const std::string& place) {
  if (text.empty()) return {};
  const Spec spec = parse_spec(text, place);
  if (spec.name != "noise" && spec.name != "teleport") fail_unknown(place, spec.name, {"noise", "teleport"});
  std::vector<Parameter> schema;
  if (spec.name == "teleport")
    schema = {{"sigma", OptionType::real, "", "s/a to jump to", 1e-12, 1e12, {}, ""},
              {"skip", OptionType::integer, "", "steps to jump over", 0, 1e5, {}, ""}};
  const Options options(place + " " + spec.name, schema, spec.given);
  Start start;
  start.teleport = spec.name == "teleport";
  if (!start.teleport) return start;
  if (options.has("sigma")) start.sigma = options.real("sigma");
  if (options.has("skip")) start.skip = static_cast<int>(options.integer("skip"));
  if (start.sigma && start.skip) fail(ErrorKind::option, place, "give sigma or skip, not both");
  return start;
}

int start_level(const Start& start, const Plan& plan, const GaussianSet* statistics,
                std::uint64_t model_hash) {
  constexpr const char* place = "start";
  if (!start.teleport) return 0;
  if (start.skip) {
    if (*start.skip > plan.levels())
      fail(ErrorKind::option, place, "skip={} passes the {} steps of the plan", *start.skip, plan.levels());
    return *start.skip;
  }
  const auto rho = [&](int level) { return plan.path.rho(plan.times[static_cast<std::size_t>(level)]); };
  int level = 0;
  if (start.sigma) {
    while (level < plan.levels() && !at_most(rho(level), *start.sigma)) ++level;
    return level;
  }
  if (statistics == nullptr || !statistics->sigma)
    fail(ErrorKind::unsupported, place,
         "the statistics name no sigma down to which they hold; give teleport:sigma=S or teleport:skip=K");
  if (!statistics->sigma_by_rule && statistics->calibrated != model_hash)
    fail(
        ErrorKind::unsupported, place,
        "the statistics were calibrated for other weights; run ulam stats again, or give teleport:sigma=S or "
        "teleport:skip=K");
  while (level < plan.levels() && at_most(*statistics->sigma, rho(level + 1))) ++level;
  return level;
}

GaussianSetPtr gaussians_of(const Problem& problem) {
  const auto set = std::make_shared<GaussianSet>();
  const auto one = [&](int label) {
    return make_gaussian(problem.mean(label).reshape({-1}), problem.covariance(label), problem.dimension());
  };
  set->all = one(-1);
  const ModelInfo& info = problem.info();
  if (!info.conditions.empty())
    for (int c = 0; c < info.conditions.front().classes; ++c) set->classes.push_back(one(c));
  set->data_low = info.data_low;
  set->data_high = info.data_high;
  set->data = info.name;
  return set;
}

}  // namespace ulam
