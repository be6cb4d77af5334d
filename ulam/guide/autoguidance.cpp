#include "ulam/guide/autoguidance.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

class Away final : public Term {
 public:
  explicit Away(AwayOptions options) : options_(std::move(options)) {}
  std::string spec() const override {
    const std::string when = options_.schedule.text();
    const bool sims = options_.name == "sims";
    return fmt::format("{}:model={},{}={}{}{}", options_.name, options_.model, sims ? "omega" : "scale",
                       real_text(options_.strength + (sims ? 0 : 1)), when.empty() ? "" : ",", when);
  }
  std::vector<ModelPtr> models() const override { return {options_.from}; }
  bool of_time() const override { return options_.schedule.of_time(); }
  void check(const ModelInfo& info) const override {
    const ModelInfo& other = options_.from->info();
    if (!other.outputs.empty())
      fail(ErrorKind::unsupported, options_.name, "'{}' is a classifier; a model that predicts is needed",
           other.name);
    if (other.shape != info.shape || other.dtype != info.dtype)
      fail(ErrorKind::unsupported, options_.name, "'{}' has rows of {} {}, '{}' of {} {}", other.name,
           at::toString(other.dtype), shape_text(other.shape), info.name, at::toString(info.dtype),
           shape_text(info.shape));
    if (other.path.json() != info.path.json())
      fail(ErrorKind::unsupported, options_.name, "'{}' is on another noise path than '{}'", other.name,
           info.name);
    if (info.path.has_centre() && other.head.kind != info.head.kind)
      fail(ErrorKind::unsupported, options_.name,
           "on a path with a centre both models must predict the same");
    for (const ConditionInfo& c : info.conditions)
      if (std::none_of(other.conditions.begin(), other.conditions.end(),
                       [&](const ConditionInfo& o) { return o.name == c.name && o.classes == c.classes; }))
        fail(ErrorKind::unsupported, options_.name, "'{}' does not take the condition '{}' of '{}'",
             other.name, c.name, info.name);
  }
  std::vector<Ask> asks(const Situation& s) const override {
    std::vector<double> more = s.weights(options_.schedule, options_.strength), less = more;
    for (double& w : less) w = -w;
    Query from;
    from.model = options_.from;
    return {{Query{}, std::move(more)}, {std::move(from), std::move(less)}};
  }

 private:
  AwayOptions options_;
};

TermEntry entry(const char* name) {
  TermEntry e;
  e.name = name;
  e.parameters = {{"model", OptionType::text, "", "the other model", {}, {}, {}, ""}};
  e.cost = "1 evaluation of the other model where it acts";
  e.composes = "any solver and term; models of the same path, shape and conditions";
  return e;
}

AwayOptions away_options(const Options& o, const ModelFinder& find, const std::string& place) {
  AwayOptions options;
  if (!o.has("model")) fail(ErrorKind::option, place, "name the other model, as model=fashion-weak");
  options.model = o.text("model");
  options.from = find(options.model);
  options.schedule = schedule_of(o, place);
  return options;
}

}  // namespace

TermPtr make_away(const AwayOptions& options) {
  if (!options.from) fail(ErrorKind::option, options.name, "no other model is given");
  if (!std::isfinite(options.strength))
    fail(ErrorKind::option, options.name, "strength = {} is not finite", options.strength);
  return std::make_shared<Away>(options);
}

TermEntry autoguidance_entry() {
  TermEntry e = entry("autoguidance");
  e.aliases = {"atg"};
  e.purpose = "Autoguidance: away from a smaller or less trained model of the same kind";
  e.parameters.push_back({"scale", OptionType::real, "2", "1 is the model alone", -1e3, 1e3, {}, ""});
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = "Karras et al. 2024, arXiv 2406.02507, eq. 3";
  e.make = [](const Options& o, const ModelFinder& find, const std::string& place) {
    AwayOptions options = away_options(o, find, place);
    options.strength = o.real("scale") - 1;
    return make_away(options);
  };
  return e;
}

TermEntry sims_entry() {
  TermEntry e = entry("sims");
  e.purpose = "Self-improvement: away from the model fine-tuned on its own draws";
  e.parameters.push_back({"omega", OptionType::real, "1", "0 is the model alone", -1e3, 1e3, {}, ""});
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = "Alemohammad et al. 2024, arXiv 2408.16333, algorithm 1";
  e.make = [](const Options& o, const ModelFinder& find, const std::string& place) {
    AwayOptions options = away_options(o, find, place);
    options.name = "sims";
    options.strength = o.real("omega");
    return make_away(options);
  };
  return e;
}

}  // namespace ulam
