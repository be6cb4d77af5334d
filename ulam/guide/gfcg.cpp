#include "ulam/guide/gfcg.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/guide/autoguidance.h"
#include "ulam/guide/rows.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* gfcg_place = "gfcg";
using Confusion = GfcgOptions::Confusion;
constexpr const char* confusions[] = {"wrong", "odds", "reference"};

class Gfcg final : public Term {
 public:
  explicit Gfcg(GfcgOptions options) : options_(std::move(options)) {
    AwayOptions away;
    if (options_.from) away.from = options_.from, away.name = gfcg_place, away_ = make_away(away);
  }
  std::string spec() const override {
    const std::string when = options_.schedule.text();
    return fmt::format("gfcg:classifier={}{},strength={},confusion={}{}{}", options_.classifier_name,
                       options_.from ? ",model=" + options_.model_name : "", real_text(options_.strength),
                       confusions[static_cast<int>(options_.confusion)], when.empty() ? "" : ",", when);
  }
  std::vector<ModelPtr> models() const override {
    return options_.from ? std::vector<ModelPtr>{options_.classifier, options_.from}
                         : std::vector<ModelPtr>{options_.classifier};
  }
  bool of_time() const override { return options_.schedule.of_time(); }
  void check(const ModelInfo& info) const override {
    const ModelInfo& judge = options_.classifier->info();
    if (judge.outputs.empty())
      fail(ErrorKind::unsupported, gfcg_place, "'{}' is no classifier; ulam models lists the kinds",
           judge.name);
    if (judge.shape != info.shape)
      fail(ErrorKind::unsupported, gfcg_place, "the classifier '{}' takes rows of {}, '{}' draws {}",
           judge.name, shape_text(judge.shape), info.name, shape_text(info.shape));
    const auto labels = std::find_if(info.conditions.begin(), info.conditions.end(),
                                     [](const ConditionInfo& c) { return c.name == "label"; });
    if (labels == info.conditions.end() || labels->classes != static_cast<int>(judge.outputs.size()))
      fail(ErrorKind::unsupported, gfcg_place, "'{}' has {} classes, the classifier '{}' {}", info.name,
           labels == info.conditions.end() ? 0 : labels->classes, judge.name, judge.outputs.size());
    if (judge.outputs.size() < 2) fail(ErrorKind::unsupported, gfcg_place, "one class leaves no wrong one");
    if (away_) away_->check(info);
  }
  std::vector<Ask> asks(const Situation& s) const override {
    // Nothing is known yet; the model's own answer is needed, which it is anyway.
    if (s.conditions != nullptr && acts(s) && s.conditions->count("label") == 0)
      fail(ErrorKind::option, gfcg_place, "the draw has no label to be right about; give one, as --label 3");
    return {};
  }
  std::vector<Query> needs(const Situation& s) const override {
    return acts(s) ? std::vector<Query>{Query{}} : std::vector<Query>{};
  }
  int follow_evaluations(const Situation& s) const override { return acts(s) ? 2 : 0; }
  std::vector<Ask> follow(const Situation& s, Asker& asker) const override {
    if (!acts(s)) return {};
    Query judge;
    judge.model = options_.classifier;
    judge.input = asker.data(Query{}).detach().to(options_.classifier->info().dtype);
    judge.time = options_.classifier->info().path.t_data();
    const at::Tensor p = at::softmax(asker.answer(judge).detach().to(at::kDouble), 1).contiguous();
    const at::Tensor label = s.conditions->at("label").to(at::kLong).contiguous();
    const at::Tensor reference = at::empty({p.size(0)}, at::kLong);
    std::vector<double> weight = s.weights(options_.schedule, options_.strength);
    const std::int64_t classes = p.size(1);
    for (std::int64_t r = 0; r < p.size(0); ++r) {
      const double* row = p.data_ptr<double>() + r * classes;
      const std::int64_t right = label.data_ptr<std::int64_t>()[r];
      std::int64_t wrong = right == 0 ? 1 : 0;
      for (std::int64_t k = 0; k < classes; ++k)
        if (k != right && row[k] > row[wrong]) wrong = k;
      reference.data_ptr<std::int64_t>()[r] = wrong;
      // The null class has no right answer.
      const double of_right = right < classes ? row[right] : 1;
      weight[static_cast<std::size_t>(r)] *= options_.confusion == Confusion::wrong ? 1 - of_right
                                             : options_.confusion == Confusion::odds
                                                 ? row[wrong] / (of_right + row[wrong])
                                                 : row[wrong];
    }
    std::vector<double> less = weight;
    for (double& w : less) w = -w;
    Query away;
    away.model = options_.from;
    away.condition = Query::Condition::label;
    away.label = reference;
    return {{Query{}, std::move(weight)}, {std::move(away), std::move(less)}};
  }

 private:
  bool acts(const Situation& s) const { return any_weight(s.weights(options_.schedule, options_.strength)); }
  GfcgOptions options_;
  TermPtr away_;
};

}  // namespace

TermPtr make_gfcg(const GfcgOptions& options) {
  if (!options.classifier) fail(ErrorKind::option, gfcg_place, "no classifier is given");
  if (!(options.strength >= 0 && std::isfinite(options.strength)))
    fail(ErrorKind::option, gfcg_place, "strength = {} is not finite and at least 0", options.strength);
  return std::make_shared<Gfcg>(options);
}

TermEntry gfcg_entry() {
  TermEntry e;
  e.name = "gfcg";
  e.purpose =
      "Gradient-free classifier guidance: away from the class that the sample is most easily taken for";
  e.parameters = {
      {"classifier", OptionType::text, "", "of clean rows, with the model's classes", {}, {}, {}, ""},
      {"model",
       OptionType::text,
       "",
       "a weaker model that answers for the wrong class; else the model itself",
       {},
       {},
       {},
       ""},
      {"strength", OptionType::real, "1", "most of the weight", 0, 1e3, {}, ""},
      {"confusion",
       OptionType::text,
       "odds",
       "how the weight rises",
       {},
       {},
       {"wrong", "odds", "reference"},
       ""}};
  for (const Parameter& p : schedule_parameters()) e.parameters.push_back(p);
  e.paper = "Shenoy et al. 2024, arXiv 2411.15393 (formulas reconstructed)";
  e.cost = "1 evaluation and one of the classifier where it acts";
  e.composes = "any term; solvers of low order, since the reference may flip between steps";
  e.make = [](const Options& o, const ModelFinder& find, const std::string& where) {
    GfcgOptions options;
    if (!o.has("classifier"))
      fail(ErrorKind::option, where, "name the classifier, as classifier=fashion-features");
    options.classifier_name = o.text("classifier");
    options.classifier = find(options.classifier_name);
    if (o.has("model")) options.model_name = o.text("model"), options.from = find(options.model_name);
    options.strength = o.real("strength");
    options.confusion = o.text("confusion") == "wrong"  ? Confusion::wrong
                        : o.text("confusion") == "odds" ? Confusion::odds
                                                        : Confusion::reference;
    options.schedule = schedule_of(o, where);
    return make_gfcg(options);
  };
  return e;
}

}  // namespace ulam
