// usf: recipes searched on 64 starts by plain evolution, judged on 400 others, beside the best published
// ones, random search at the same cost, and a search that a predictor guides.
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/learn/evolution.h"
#include "ulam/learn/predictor.h"
#include "ulam/learn/refine.h"
#include "ulam/measure/resample.h"
#include "ulam/measure/trajectory.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/methods.h"
#include "ulam/reproduce/search_laboratory.h"

namespace ulam {
namespace {

constexpr std::int64_t usf_training = 64, usf_held_out = 400;
constexpr int candidates = 600, usf_repeats = 4;

class Searches {
 public:
  explicit Searches(const ReproductionContext& context)
      : context_(context), lab_(named_problem("tp1"), named_problem("tp1")->info().path.t_data(), context) {}

  SearchSpace space(int n) const {
    UnifiedSpaceOptions options;
    options.evaluations = n;
    options.skip_first = options.single_step = false;
    return unified_space(lab_.path(), published_recipes(lab_.path(), lab_.path().t_data(), n), options);
  }
  double score(const UnifiedRecipe& recipe) {
    try {
      return rmse(lab_.run(recipe, 0, usf_training), lab_.exact(0, usf_training));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      return std::numeric_limits<double>::infinity();
    }
  }
  Search search(int most = candidates) {
    return Search([this](const UnifiedRecipe& r) { return score(r); }, most);
  }
  Figure judge(const UnifiedRecipe& recipe) {
    return trajectory_error(*in_memory(lab_.run(recipe, usf_training, usf_held_out), "searched"),
                            *in_memory(lab_.exact(usf_training, usf_held_out), "reference"));
  }
  // Held-out errors of several searches as one figure: the starts' error and the searches' scatter.
  Figure judged(const std::function<void(Search&, std::uint64_t seed)>& optimiser, int most = candidates) {
    std::vector<double> values;
    Figure f;
    for (std::uint64_t k = 0; k < usf_repeats; ++k) {
      Search s = search(most);
      optimiser(s, context_.seed * usf_repeats + k);
      f = judge(s.best(1)[0].recipe);
      values.push_back(f.value);
    }
    const Mean mean = mean_of(values);
    f.value = mean.value;
    f.error = std::hypot(f.error, mean.error);
    f.error_by = fmt::format("starts, and scatter of {} searches", usf_repeats);
    return f;
  }
  SearchLaboratory& lab() { return lab_; }

 private:
  ReproductionContext context_;
  SearchLaboratory lab_;
};

}  // namespace

Reproduction reproduce_usf(const ReproductionContext& context) {
  Searches searches(context);
  Reproduction out{"usf", "Liu et al. 2023, arXiv 2312.07243", {}, {}};
  const auto setting = [](const std::string& what) {
    return fmt::format("tp1 on vp, {}: RMSE to the exact ODE over {} starts, searched on {} others", what,
                       usf_held_out, usf_training);
  };
  struct Case {
    int n;
    double searched;  // by another program, in the same setting
  };
  for (const Case& k : {Case{4, .0417}, {5, .0128}, {6, .0143}, {8, .0060}}) {
    const SearchSpace space = searches.space(k.n);
    Search fixed = searches.search(static_cast<int>(space.start.size()));
    for (const UnifiedRecipe& r : space.start) fixed.ask(r);
    const Figure published = searches.judge(fixed.best(1)[0].recipe);
    const Figure evolved =
        searches.judged([&](Search& s, std::uint64_t seed) { evolve_steadily(space, s, {}, {}, seed); });
    const Figure random = searches.judged([&](Search& s, std::uint64_t seed) {
      for (const UnifiedRecipe& r : space.start) s.ask(r);
      search_at_random(space, s, seed);
    });
    Finding f;
    f.setting = setting(fmt::format("{} evaluations, {} candidates", k.n, candidates));
    f.evaluations = f.baseline_evaluations = k.n;
    f.measured = evolved;
    f.claim = "A searched recipe beats the best of the published ones (CIFAR-10, 5 evaluations: FID 6.86).";
    f.baseline = fmt::format("best of {} published, {} evaluations", space.start.size(), k.n);
    f.expected = published;
    out.findings.push_back(smaller(f));
    f.claim = "Evolution beats random search of as many candidates.";
    f.baseline = fmt::format("random search, {} evaluations", k.n);
    f.expected = random;
    out.findings.push_back(smaller(f));
    f.claim = "As good as what another program's search found (with an eighth for the choice of starts).";
    f.baseline = fmt::format("published: {:.4f}", k.searched);
    f.baseline_evaluations = 0;
    f.expected = {"bound", 1.125 * k.searched, 0, "another program", usf_held_out, ""};
    out.findings.push_back(at_most(f));
  }
  // The predictor: fitted to 300 trials of the search, asked about mutants of their best.
  constexpr int n = 6;
  const SearchSpace space = searches.space(n);
  std::vector<double> taus;
  for (std::uint64_t k = 0; k < usf_repeats; ++k) {
    const std::uint64_t seed = context.seed * usf_repeats + k;
    Search s = searches.search(300);
    evolve_steadily(space, s, {}, {}, seed);
    Dice dice(seed, 9);
    std::vector<UnifiedRecipe> fresh;
    std::vector<double> truth;
    for (int i = 0; i < 60; ++i) {
      fresh.push_back(space.mutate(s.trials()[dice.below(s.trials().size())].recipe, dice));
      truth.push_back(searches.score(fresh.back()));
    }
    taus.push_back(kendall_tau(predictor(searches.lab().path(), {}, seed)(s.trials(), fresh), truth));
  }
  const Mean tau = mean_of(taus);
  Finding order;
  order.claim = "After 300 trials the predictor orders recipes that it has not seen: 1 - tau below .4.";
  order.setting = "tp1 on vp, 6 evaluations: 60 mutants of recipes of the search, 4 searches";
  order.baseline = "tau .6";
  order.expected = {"bound", .4, 0, "expectation", 240, ""};
  order.measured = {"1 - tau", 1 - tau.value, tau.error, "4 searches", 240, ""};
  order.evaluations = n;
  out.findings.push_back(at_most(order));
  SteadyOptions guided;
  guided.pool = 100;
  guided.chosen = 20;
  Finding half;
  half.claim = "Guided by the predictor, half as many candidates do as well.";
  half.setting =
      setting(fmt::format("{} evaluations, {} candidates against {}", n, candidates / 2, candidates));
  half.baseline = "evolution without predictor";
  half.evaluations = half.baseline_evaluations = n;
  half.expected =
      searches.judged([&](Search& s, std::uint64_t seed) { evolve_steadily(space, s, {}, {}, seed); });
  half.measured = searches.judged(
      [&](Search& s, std::uint64_t seed) {
        evolve_steadily(space, s, guided, predictor(searches.lab().path(), {}, seed), seed);
      },
      candidates / 2);
  out.findings.push_back(smaller(half));
  out.spent = searches.lab().spent();
  return out;
}

}  // namespace ulam
