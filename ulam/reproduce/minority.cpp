// minority: a mixture with a rare mode; scores, a trained classifier of rarity, and an exact one.
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/guide/classifier_guidance.h"
#include "ulam/learn/rarity.h"
#include "ulam/learn/trainer.h"
#include "ulam/measure/resample.h"
#include "ulam/model/bundle.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/judge.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

constexpr std::int64_t minority_training = 12000, kept = 6000;
constexpr int bins = 10, minority_steps = 40;
constexpr double rare = .05, apart = 3;

/// The common mode around 0, the rare one around `apart`; rows are shaped as pictures of one pixel.
ProblemPtr two_modes(bool labelled) {
  nlohmann::json j = {{"problem", "mixture"},
                      {"weights", {1 - rare, rare}},
                      {"means", {{0, 0}, {apart, 0}}},
                      {"variances", {.25, .05}},
                      {"shape", {2, 1, 1}},
                      {"path", {{"kind", "edm"}, {"sigma_min", .01}, {"sigma_max", 80}}}};
  if (labelled) j["labels"] = {0, 1};
  return problem_from_json(j, "minority", "");
}

class MinorityStudy {
 public:
  explicit MinorityStudy(const ReproductionContext& context)
      : context_(context), problem_(two_modes(false)), labelled_(two_modes(true)) {}

  at::Tensor exact(std::int64_t count, std::uint64_t seed) const {
    std::vector<std::uint64_t> ids;
    for (std::int64_t i = 0; i < count; ++i) ids.push_back(static_cast<std::uint64_t>(i));
    return problem_->sample(ids, context_.seed + seed);
  }
  at::Tensor scores(const at::Tensor& x0) {
    RarityOptions o;
    o.sigma = 2;
    o.noises = 5;
    o.seed = context_.seed;
    spent_.evaluations += x0.size(0) * o.noises;
    return rarity_scores(Field(problem_), x0, {}, 0, o, watch());
  }
  ModelPtr classifier(const at::Tensor& x0, const at::Tensor& labels) const {
    BundleConfig config;
    config.name = "rarity";
    config.network = {{"kind", "classifier"}, {"shape", {2, 1, 1}}, {"channels", 32},
                      {"multipliers", {1}},   {"groups", 4},        {"outputs", bins},
                      {"noise_aware", true}};
    config.path = problem_->info().path.json();
    Dataset data;
    data.images = x0.to(at::kFloat);
    data.labels = labels;
    TrainerOptions o;
    o.steps = 1200;
    o.batch = 256;
    o.rate = 3e-3;
    o.warm_up = 50;
    o.average = .99;
    o.seed = context_.seed + 1;
    NoiseLevels levels;
    levels.log_mean = -.5, levels.log_deviation = 1.5;
    TrainState state = train_start(config.network, o, "minority");
    train_run(state, o, *classification_objective(0, config.head, problem_->info().path, levels), data,
              watch(), {});
    if (state.step < o.steps) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
    return std::make_shared<const NetworkModel>(state.average, info_of(config));
  }
  at::Tensor draw(const ModelPtr& classifier, int wanted, double scale) {
    Terms terms;
    if (classifier) {
      ClassifierGuidanceOptions o;
      o.classifier = classifier;
      o.classifier_name = "rarity";
      o.name = "minority";
      o.wanted = wanted;
      o.scale = scale;
      terms = {make_classifier_guidance(o)};
    }
    DrawRequest request{Field(problem_, 0, {}, terms)};
    request.solver = "dpmpp";
    request.steps = minority_steps;
    request.seed = context_.seed;
    request.count = kept;
    request.batch = kept;
    request.watch = watch();
    const DrawResult result = ulam::draw(request);
    if (result.cancelled) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
    spent_ += result.spent;
    return result.samples;
  }
  ModelPtr exact_classifier() const { return exact_judge(labelled_, {1 - rare, rare}); }
  /// Share of rows that belong to the rare mode.
  Figure share(const at::Tensor& x) const {
    Call call;
    const at::Tensor t = at::full({x.size(0)}, problem_->info().path.t_data(), at::kDouble);
    const double p =
        exact_classifier()->forward(x, t, {}, call).argmax(1).to(at::kDouble).mean().item<double>();
    const double n = static_cast<double>(x.size(0));
    return {
        "share of the rare mode", p, std::sqrt(std::max(p * (1 - p), 1 / n) / n), "binomial", x.size(0), ""};
  }
  ProblemPtr labelled() const { return labelled_; }
  Watch watch() const { return {{}, context_.watch.cancel, context_.watch.clock}; }
  const Spent& spent() const { return spent_; }

 private:
  ReproductionContext context_;
  ProblemPtr problem_, labelled_;
  Spent spent_;
};

Figure common(Figure share, double factor) {
  share.name = "share of the common mode";
  share.value = 1 - factor * share.value;
  share.error *= factor;
  return share;
}

}  // namespace

Reproduction reproduce_minority(const ReproductionContext& context) {
  MinorityStudy study(context);
  Reproduction out{"minority", "Um, Lee and Ye 2023, arXiv 2301.12334", {}, {}};
  const std::string setting = fmt::format(
      "two Gaussian modes {} apart in the plane, {:.0f} % in the far one; scores at s/a = 2, {} bins, "
      "classifier trained "
      "on {} exact samples; dpmpp, {} steps, {} draws",
      apart, 100 * rare, bins, minority_training, minority_steps, kept);

  const at::Tensor x0 = study.exact(minority_training, 40), scores = study.scores(x0);
  Call call;
  const at::Tensor clean = at::full({minority_training}, .01, at::kDouble);
  const at::Tensor far = study.exact_classifier()->forward(x0, clean, {}, call).argmax(1).to(at::kBool);
  const auto mean = [](const at::Tensor& x) {
    const at::Tensor c = x.contiguous();
    const Mean m = mean_of({c.data_ptr<double>(), static_cast<std::size_t>(c.numel())});
    return Figure{"minority score", m.value, m.error, "standard error", c.numel(), ""};
  };
  Finding scored;
  scored.claim = "The score, one reconstruction at one noise level, is higher for rare samples.";
  scored.setting = setting + ": mean score";
  scored.baseline = "of the rare mode";
  scored.expected = mean(scores.masked_select(far));
  scored.measured = mean(scores.masked_select(far.logical_not()));
  scored.measured.note = "of the common mode";
  scored.baseline_evaluations = scored.evaluations = 5;
  out.findings.push_back(smaller(std::move(scored)));

  const ModelPtr classifier = study.classifier(x0, rarity_bins(scores, bins).bins);
  const Figure plain = study.share(study.draw(nullptr, 0, 0));
  const auto share_at = [&](int bin, double scale) {
    return study.share(study.draw(classifier, bin, scale));
  };
  Finding several;
  several.claim = "Guided to the rarest bin, at least three times as many draws are of the rare mode.";
  several.setting = setting + "; scale 2";
  several.baseline = "1 - 3 times the share without guidance";
  several.expected = common(plain, 3);
  several.measured = common(share_at(bins - 1, 2), 1);
  several.baseline_evaluations = minority_steps, several.evaluations = 2 * minority_steps;
  out.findings.push_back(smaller(std::move(several)));
  Finding fewer;
  fewer.claim = "Guided to the commonest bin, fewer draws are of the rare mode than without guidance.";
  fewer.setting = setting + "; scale 2";
  fewer.baseline = "without guidance";
  fewer.expected = plain;
  fewer.measured = share_at(0, 2);
  fewer.baseline_evaluations = minority_steps, fewer.evaluations = 2 * minority_steps;
  out.findings.push_back(smaller(std::move(fewer)));

  Finding law;
  law.claim = "By the exact classifier at scale 1 the draws follow p(x | rare): all are of the rare mode.";
  law.setting = "the same modes; scale 1: sliced W2 to exact samples of the rare mode";
  law.baseline = "two sets of exact samples";
  const auto rare_samples = [&](std::uint64_t seed) {
    std::vector<std::uint64_t> ids;
    for (std::int64_t i = 0; i < 40 * kept && static_cast<std::int64_t>(ids.size()) < 40 * kept; ++i)
      ids.push_back(static_cast<std::uint64_t>(i));
    const at::Tensor all = study.labelled()->sample(ids, context.seed + seed);
    Call none;
    const at::Tensor of =
        study.exact_classifier()->forward(all, at::full({all.size(0)}, .01, at::kDouble), {}, none);
    return all.index_select(0, of.argmax(1).nonzero().flatten()).narrow(0, 0, kept);
  };
  const at::Tensor a = rare_samples(50), b = rare_samples(51),
                   drawn = study.draw(study.exact_classifier(), 1, 1);
  law.expected = sliced_wasserstein(*in_memory(a.flatten(1), "exact samples"),
                                    *in_memory(b.flatten(1), "exact samples"));
  law.measured =
      sliced_wasserstein(*in_memory(drawn.flatten(1), "draws"), *in_memory(b.flatten(1), "exact samples"));
  law.evaluations = 2 * minority_steps;
  out.findings.push_back(equal(std::move(law), .02));
  out.spent = study.spent();
  return out;
}

}  // namespace ulam
