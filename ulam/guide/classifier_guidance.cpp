#include "ulam/guide/classifier_guidance.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/guide/rows.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

using Form = ClassifierGuidanceOptions::Form;

class ClassifierGuidance final : public Term {
 public:
  explicit ClassifierGuidance(ClassifierGuidanceOptions options) : options_(std::move(options)) {}
  std::string spec() const override {
    const ClassifierGuidanceOptions& o = options_;
    const std::string when = o.schedule.text();
    std::string out = fmt::format("{}:classifier={},scale={}", o.name, o.classifier_name, real_text(o.scale));
    if (o.wanted) out += fmt::format(",{}={}", o.name == "cg" ? "class" : "bin", *o.wanted);
    if (o.form == Form::mean) out += ",form=mean";
    if (o.clean) out += ",of=estimate";
    return when.empty() ? out : out + "," + when;
  }
  std::vector<ModelPtr> models() const override { return {options_.classifier}; }
  bool of_time() const override { return options_.form == Form::score && options_.schedule.of_time(); }
  void check(const ModelInfo& info) const override {
    const ModelInfo& judge = options_.classifier->info();
    const std::string& place = options_.name;
    if (judge.outputs.empty())
      fail(ErrorKind::unsupported, place, "'{}' is no classifier; ulam models lists the kinds", judge.name);
    if (judge.shape != info.shape)
      fail(ErrorKind::unsupported, place, "the classifier '{}' takes rows of {}, '{}' draws {}", judge.name,
           shape_text(judge.shape), info.name, shape_text(info.shape));
    if (!options_.clean && judge.path.json() != info.path.json())
      fail(ErrorKind::unsupported, place, "the classifier '{}' is on another noise path than '{}'",
           judge.name, info.name);
    const int classes = static_cast<int>(judge.outputs.size());
    if (options_.wanted) {
      if (*options_.wanted < 0 || *options_.wanted >= classes)
        fail(ErrorKind::option, place, "class {} is not in 0 .. {} of '{}'", *options_.wanted, classes - 1,
             judge.name);
      return;
    }
    const auto labels = std::find_if(info.conditions.begin(), info.conditions.end(),
                                     [](const ConditionInfo& c) { return c.name == "label"; });
    if (labels == info.conditions.end() || labels->classes != classes)
      fail(ErrorKind::unsupported, place,
           "'{}' has {} classes, the classifier '{}' {}; name one by class=", info.name,
           labels == info.conditions.end() ? 0 : labels->classes, judge.name, classes);
  }
  std::vector<Ask> asks(const Situation& s) const override {
    if (s.conditions != nullptr && any_weight(weights(s)) && !options_.wanted &&
        s.conditions->count("label") == 0)
      fail(ErrorKind::option, options_.name, "the draw has no label to be guided to; give one, as --label 3");
    return {};
  }
  std::vector<Ask> sources(const Situation& s) const override {
    Query query;
    if (!options_.clean) query.model = options_.classifier;
    return {{std::move(query), weights(s)}};
  }
  int follow_evaluations(const Situation& s) const override {
    return options_.clean && any_weight(weights(s));
  }
  at::Tensor energy(const Situation& s, Asker& asker) const override {
    std::vector<double> weight = weights(s);
    if (!any_weight(weight)) return {};
    Query judge;
    judge.model = options_.classifier;
    if (options_.clean) {
      judge.input = asker.data({});
      judge.time = options_.classifier->info().path.t_data();
    }
    const at::Tensor logs = at::log_softmax(asker.answer(judge), 1);
    const std::int64_t classes = logs.size(1);
    at::Tensor label = options_.wanted ? at::full({logs.size(0)}, *options_.wanted, at::kLong)
                                       : s.conditions->at("label").to(at::kLong).contiguous();
    for (std::int64_t r = 0; r < label.size(0); ++r)
      if (label.data_ptr<std::int64_t>()[r] >= classes) weight[static_cast<std::size_t>(r)] = 0;
    label = label.clamp(0, classes - 1).to(logs.device());
    const at::Tensor w = at::tensor(weight, at::kDouble).to(logs.options());
    return -(logs.gather(1, label.unsqueeze(1)).squeeze(1) * w).sum();
  }

 private:
  // In units of the score. The mean form's shift of the state, scale * variance * gradient, is put through
  // the answer's share of the step.
  std::vector<double> weights(const Situation& s) const {
    std::vector<double> out = s.data_weights(options_.schedule, options_.scale);
    for (std::size_t r = 0; r < out.size(); ++r) {
      const Marginal m = s.info->path.at(s.times[r]);
      if (s.open) continue;
      if (m.a == 0 || m.s == 0) {
        out[r] = 0;
      } else if (options_.form == Form::mean && out[r] != 0) {
        const StepKernel& k = s.kernel(r);
        const double of_score = from_data(s.info->head, m).of_p * m.s * m.s / m.a;
        out[r] = k.variance > 0 && k.share != 0 ? out[r] * k.variance / (k.share * of_score) : 0;
      }
    }
    return out;
  }
  ClassifierGuidanceOptions options_;
};

TermEntry entry(const char* name, const char* standard) {
  TermEntry e;
  e.name = name;
  e.parameters = {
      {"classifier", OptionType::text, "", "of noised rows of the model's path", {}, {}, {}, ""},
      {"scale", OptionType::real, standard, "power of the class's probability", -1e3, 1e3, {}, ""}};
  e.cost = "1 evaluation of the classifier, forward and backward, where it acts";
  e.composes = "any solver and term";
  return e;
}
void add_common(TermEntry& e) {
  e.parameters.push_back({"form",
                          OptionType::text,
                          "score",
                          "score, or the mean of steps that add noise",
                          {},
                          {},
                          {"score", "mean"},
                          ""});
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
}
ClassifierGuidanceOptions common(const Options& o, const ModelFinder& find, const std::string& place,
                                 const char* example) {
  ClassifierGuidanceOptions options;
  if (!o.has("classifier")) fail(ErrorKind::option, place, "name the classifier, as classifier={}", example);
  options.classifier_name = o.text("classifier");
  options.classifier = find(options.classifier_name);
  options.scale = o.real("scale");
  options.form = o.text("form") == "mean" ? Form::mean : Form::score;
  options.schedule = schedule_of(o, place);
  return options;
}

}  // namespace

TermPtr make_classifier_guidance(const ClassifierGuidanceOptions& options) {
  if (!options.classifier) fail(ErrorKind::option, options.name, "no classifier is given");
  if (!std::isfinite(options.scale))
    fail(ErrorKind::option, options.name, "scale = {} is not finite", options.scale);
  return std::make_shared<ClassifierGuidance>(options);
}

TermEntry cg_entry() {
  TermEntry e = entry("cg", "1");
  e.aliases = {"classifier_guidance"};
  e.purpose = "Classifier guidance: along the gradient of a classifier's log-probability";
  e.parameters.push_back(
      {"class", OptionType::integer, "", "wanted of all rows; else each row's label", 0, 1e6, {}, ""});
  e.parameters.push_back({"of",
                          OptionType::text,
                          "state",
                          "what the classifier is asked about: the noised state or the data estimate",
                          {},
                          {},
                          {"state", "estimate"},
                          ""});
  add_common(e);
  e.paper = "Dhariwal and Nichol 2021, arXiv 2105.05233";
  e.make = [](const Options& o, const ModelFinder& find, const std::string& place) {
    ClassifierGuidanceOptions options = common(o, find, place, "fashion-classifier");
    if (o.has("class")) options.wanted = static_cast<int>(o.integer("class"));
    options.clean = o.text("of") == "estimate";
    return make_classifier_guidance(options);
  };
  return e;
}

TermEntry minority_entry() {
  TermEntry e = entry("minority", "2");
  e.purpose = "Minority guidance: towards rare samples, by a classifier of rarity";
  e.parameters.push_back(
      {"bin", OptionType::integer, "", "wanted, 0 the commonest; the rarest without", 0, 1e6, {}, ""});
  add_common(e);
  e.paper = "Um, Lee and Ye 2023, arXiv 2301.12334";
  e.make = [](const Options& o, const ModelFinder& find, const std::string& place) {
    ClassifierGuidanceOptions options = common(o, find, place, "rarity");
    options.name = "minority";
    options.wanted = o.has("bin") ? static_cast<int>(o.integer("bin"))
                                  : static_cast<int>(options.classifier->info().outputs.size()) - 1;
    return make_classifier_guidance(options);
  };
  return e;
}

}  // namespace ulam
