// sims: the law on Gaussians, a loop of models trained on their own draws, and a small network that
// improves on itself.
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/guide/autoguidance.h"
#include "ulam/learn/trainer.h"
#include "ulam/measure/resample.h"
#include "ulam/model/bundle.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

constexpr double sims_most = 80, sims_least = 1e-4;

/// Independent Gaussians, one a dimension: each is a run of its own.
ProblemPtr gaussians(const at::Tensor& mean, const at::Tensor& deviation) {
  const auto list = [](const at::Tensor& x) {
    return std::vector<double>(x.data_ptr<double>(), x.data_ptr<double>() + x.numel());
  };
  return problem_from_json({{"problem", "gaussian"},
                            {"mean", list(mean.contiguous())},
                            {"variances", list(deviation.square().contiguous())},
                            {"path", {{"kind", "edm"}, {"sigma_min", sims_least}, {"sigma_max", sims_most}}}},
                           "sims", "");
}

Terms away_from(const ModelPtr& model, double omega) {
  if (omega == 0) return {};
  AwayOptions o;
  o.name = "sims";
  o.from = model;
  o.strength = omega;
  o.model = "the fine-tuned copy";
  return {make_away(o)};
}

class SimsStudy {
 public:
  explicit SimsStudy(const ReproductionContext& context) : context_(context) {}
  at::Tensor draw(const ModelPtr& model, const Terms& terms, std::int64_t count, std::uint64_t first,
                  const std::string& solver, int steps) {
    DrawRequest request{Field(model, 0, {}, terms)};
    request.solver = solver;
    request.steps = steps;
    request.seed = context_.seed;
    request.first_id = first;
    request.count = count;
    request.batch = 4096;
    request.watch = watch();
    const DrawResult result = ulam::draw(request);
    if (result.cancelled) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
    spent_ += result.spent;
    return result.samples;
  }
  Watch watch() const { return {{}, context_.watch.cancel, context_.watch.clock}; }
  const ReproductionContext& context() const { return context_; }
  const Spent& spent() const { return spent_; }

 private:
  ReproductionContext context_;
  Spent spent_;
};

// Where each generation shrinks by one factor, omega = 1 undoes it.
Finding restored(SimsStudy& study) {
  const double truth = .5, factor = .8;
  const at::Tensor zero = at::zeros({1}, at::kDouble);
  const ModelPtr base = gaussians(zero, zero + truth * factor),
                 copy = gaussians(zero, zero + truth * factor * factor);
  const at::Tensor guided = study.draw(base, away_from(copy, 1), 256, 0, "rk4", 200),
                   plain = study.draw(base, {}, 256, 0, "rk4", 200);
  Finding f;
  f.claim =
      "Where base and copy are too narrow by a factor and its square, omega = 1 restores the truth exactly.";
  f.setting = "1D Gaussians of deviation 0.5, 0.4 (base), 0.32 (copy); rk4: relative error of the deviation";
  f.baseline = "the solver's error and that of a finite noise end";
  f.expected = {"error", 1e-4, 0, "bound", 256, ""};
  const double deviation = truth * factor * (guided / plain).mean().item<double>();
  f.measured = {"error", std::abs(deviation / truth - 1), 0, "identity", 256, ""};
  f.evaluations = 1600;
  return at_most(std::move(f));
}

// Each generation is fitted to what the one before it released: its draws, or those of sims.
void loop(SimsStudy& study, std::vector<Finding>& findings) {
  constexpr std::int64_t runs = 200, n = 100;
  constexpr int generations = 100, steps = 24;
  const auto log_deviation = [&](bool sims) {
    at::Tensor mean = at::zeros({runs}, at::kDouble), deviation = at::ones({runs}, at::kDouble);
    for (int g = 0; g < generations; ++g) {
      const ModelPtr base = gaussians(mean, deviation);
      const std::uint64_t first = static_cast<std::uint64_t>(g) * 2 * n;
      at::Tensor released = study.draw(base, {}, n, first, "rk4", steps);
      if (sims) {
        const ModelPtr copy = gaussians(released.mean(0), released.std(0, false));
        released = study.draw(base, away_from(copy, 1), n, first + n, "rk4", steps);
      }
      mean = released.mean(0), deviation = released.std(0, false);
    }
    const at::Tensor logs = deviation.log().contiguous();
    const Mean m = mean_of({logs.data_ptr<double>(), static_cast<std::size_t>(runs)});
    return Figure{"mean log deviation", m.value, m.error, fmt::format("{} runs", runs), runs, ""};
  };
  const std::string setting = fmt::format(
      "1D Gaussians refitted by maximum likelihood to {} draws, {} generations, {} runs: mean log deviation",
      n, generations, runs);
  Finding plain;
  plain.claim = "A loop on its own draws collapses: the log deviation drifts by -1/n a generation.";
  plain.setting = setting;
  plain.baseline = "theory: -g/n";
  plain.expected = {"mean log deviation", -1.0 * generations / n, 0, "theory", runs, ""};
  plain.measured = log_deviation(false);
  plain.evaluations = 4 * steps;
  findings.push_back(equal(std::move(plain), .05));
  Finding kept;
  kept.claim = "Released by sims (omega 1, copies fitted to as many draws), generations do not drift.";
  kept.setting = setting;
  kept.baseline = "theory: 0 to first order";
  kept.expected = {"mean log deviation", 0, 0, "theory", runs, ""};
  kept.measured = log_deviation(true);
  kept.evaluations = 8 * steps;
  findings.push_back(equal(std::move(kept), .1));
}

struct Trained {
  ModelPtr model;
  std::shared_ptr<Network> network;
};

Trained trained(SimsStudy& study, const at::Tensor& data, const Network* start, std::int64_t steps,
                double rate) {
  BundleConfig config;
  config.name = "swissroll";
  config.network = {{"kind", "mlp"}, {"shape", {2}}, {"width", 64}, {"depth", 3}, {"embedding", 32}};
  config.path = {{"kind", "edm"}, {"sigma_min", .002}, {"sigma_max", 80}};
  config.head = Head{Prediction::edm, .5};
  Dataset set;
  set.images = data.to(at::kFloat);
  TrainerOptions o;
  o.steps = steps;
  o.batch = 256;
  o.rate = rate;
  o.warm_up = 20;
  o.decay_share = start == nullptr ? .25 : 0;
  o.average = start == nullptr ? .99 : .95;
  o.seed = study.context().seed + (start == nullptr ? 1 : 2);
  DenoisingOptions d;
  d.path = Path::from_json(config.path, "sims");
  d.head = config.head;
  TrainState state = train_start(config.network, o, "sims");
  if (start != nullptr) {
    state.network->parameters().copy_from(start->parameters());
    state.average->parameters().copy_from(start->parameters());
  }
  train_run(state, o, *denoising_objective(d), set, study.watch(), {});
  if (state.step < o.steps) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
  return {std::make_shared<const NetworkModel>(state.average, info_of(config)), state.average};
}

void network(SimsStudy& study, std::vector<Finding>& findings) {
  constexpr std::int64_t real = 2000, own = 16000, judged = 8000;
  constexpr int steps = 24;
  const ProblemPtr problem = problem_from_json({{"problem", "swissroll"}}, "sims", "");
  const auto exact = [&](std::int64_t count, std::uint64_t seed) {
    std::vector<std::uint64_t> ids;
    for (std::int64_t i = 0; i < count; ++i) ids.push_back(static_cast<std::uint64_t>(i));
    return problem->sample(ids, study.context().seed + seed).to(at::kFloat);
  };
  const Trained base = trained(study, exact(real, 10), nullptr, 600, 3e-3);
  const at::Tensor draws = study.draw(base.model, {}, own, 0, "dpmpp", steps);
  const Trained copy = trained(study, draws, base.network.get(), 90, 3e-3);
  // How unlikely draws are under the truth, seen at a noise level of 0.05.
  const double time = problem->info().path.time_of_rho(.05);
  const auto unlikely = [&](const ModelPtr& model, const Terms& terms, std::uint64_t first) {
    const at::Tensor x = study.draw(model, terms, judged, first, "dpmpp", steps).to(at::kDouble);
    const at::Tensor logs = -problem->log_density(x, at::full({judged}, time, at::kDouble)).contiguous();
    const Mean m = mean_of({logs.data_ptr<double>(), static_cast<std::size_t>(judged)});
    return Figure{"mean -log p", m.value, m.error, "standard error", judged, ""};
  };
  const auto distance = [&](const ModelPtr& model, const Terms& terms, std::uint64_t first,
                            std::uint64_t seed) {
    const at::Tensor x = study.draw(model, terms, judged, first, "dpmpp", steps);
    return sliced_wasserstein(*in_memory(x, "draws"), *in_memory(exact(judged, seed), "exact samples"));
  };
  // omega is chosen on other draws than those that judge it.
  double best = 0, least_unlikely = 1e9;
  std::string tried;
  for (const double omega : {0.0, .25, .5, 1.0, 2.0}) {
    const double value = unlikely(base.model, away_from(copy.model, omega), 100000).value;
    tried += fmt::format("{}{}: {:.3f}", tried.empty() ? "" : ", ", omega, value);
    if (value < least_unlikely) least_unlikely = value, best = omega;
  }
  const Terms guide = away_from(copy.model, best);
  const std::string setting = fmt::format(
      "swissroll, MLP trained for 600 updates on {} points, {} own draws, copy fine-tuned 90 updates; {} "
      "draws (dpmpp, {} "
      "steps), omega {}; mean -log p by omega on other draws: {}",
      real, own, judged, steps, best, tried);
  const auto found = [&](std::string claim, const char* what, const char* baseline, Figure expected,
                         Figure measured, bool guided) {
    Finding f;
    f.claim = std::move(claim);
    f.setting = setting + what;
    f.baseline = baseline;
    f.expected = std::move(expected);
    f.measured = std::move(measured);
    f.baseline_evaluations = steps, f.evaluations = guided && best != 0 ? 2 * steps : steps;
    findings.push_back(smaller(std::move(f)));
  };
  const Figure plain = unlikely(base.model, {}, 200000);
  found("Away from the copy, draws are likelier under the truth than the base's, at an omega above 0.",
        ": mean -log p of the truth", "the base", plain, unlikely(base.model, guide, 200000), true);
  found("The copy alone, trained on the base's own draws, is worse than the base.",
        ": mean -log p of the truth", "the copy", unlikely(copy.model, {}, 200000), plain, false);
  found("The distribution as a whole comes nearer too.", ": sliced W2 to exact samples", "the base",
        distance(base.model, {}, 200000, 30), distance(base.model, guide, 200000, 30), true);
}

}  // namespace

Reproduction reproduce_sims(const ReproductionContext& context) {
  SimsStudy study(context);
  Reproduction out{"sims", "Alemohammad et al. 2024, arXiv 2408.16333", {}, {}};
  out.findings.push_back(restored(study));
  loop(study, out.findings);
  network(study, out.findings);
  out.spent = study.spent();
  return out;
}

}  // namespace ulam
