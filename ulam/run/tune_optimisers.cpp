#include "ulam/run/tune_optimisers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "ulam/base/catalogue.h"
#include "ulam/base/error.h"
#include "ulam/draw/loop.h"
#include "ulam/learn/compensate.h"
#include "ulam/learn/evolution.h"
#include "ulam/learn/gradient.h"
#include "ulam/learn/grid_program.h"
#include "ulam/learn/layers_space.h"
#include "ulam/learn/predictor.h"
#include "ulam/path/grid.h"
#include "ulam/run/reference.h"

namespace ulam {
namespace {

using nlohmann::json;
constexpr const char* tune_optimisers_place = "tune";

class Optimiser {
 public:
  explicit Optimiser(TuneBench& bench)
      : b_(bench), info_(bench.model->info()), field_(bench.model, 0, {}, bench.guide) {}

  std::optional<TuneFound> run(const std::string& name) {
    if (name == "evolution" || name == "predictor") return recipes(name == "predictor");
    if (name == "times") return times();
    if (name == "layers") return layers();
    if (name == "grid") return grid();
    if (name == "compensation") return compensation();
    if (name == "gradient") return gradient();
    fail_unknown(tune_optimisers_place, name, tune_optimisers());
  }

 private:
  Plan plan_for(const UnifiedRecipe& recipe) const {
    Plan like;
    like.path = info_.path;
    like.head = info_.head;
    return plan_of(linear_plan(recipe, info_.path), like);
  }
  double score(const UnifiedRecipe& recipe) const {
    Plan plan;
    try {
      plan = plan_for(recipe);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      return std::numeric_limits<double>::infinity();
    }
    return b_.score(plan);
  }
  TuneFound found(const UnifiedRecipe& recipe, std::string what) const {
    return {plan_for(recipe), std::move(what), recipe_json(recipe)};
  }
  std::vector<UnifiedRecipe> published() const {
    std::vector<UnifiedRecipe> all = published_recipes(info_.path, b_.end, b_.evaluations);
    // The same samplers a step longer, the first one without the model.
    if (b_.variance > 0 && info_.path.at(info_.path.t_noise()).a > 0)
      for (UnifiedRecipe r : published_recipes(info_.path, b_.end, b_.evaluations + 1)) {
        r.skip_first = true;
        r.first_variance = b_.variance;
        all.push_back(std::move(r));
      }
    return all;
  }

  // Runs an optimiser over recipes under the record; the best one, or nothing when it was cancelled.
  std::optional<TuneFound> searched(const std::string& name, int most,
                                    const std::function<void(Search&)>& optimiser) {
    int tried = 0;
    double best = std::numeric_limits<double>::infinity();
    const Score told = [&](const UnifiedRecipe& r) {
      b_.watch.report({name, ++tried, most, "candidates", fmt::format("best {:.4g}", best)});
      const double v = score(r);
      best = std::min(best, std::isfinite(v) ? v : best);
      return v;
    };
    Search search(told, most, b_.known, b_.keep, b_.watch);
    try {
      optimiser(search);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) return {};
      throw;
    }
    if (search.cancelled()) return {};
    const Trial winner = search.best(1).at(0);
    if (!std::isfinite(winner.value))
      fail(ErrorKind::numeric, tune_optimisers_place, "no candidate of {} runs", name);
    return found(winner.recipe, fmt::format("{} over {} candidates", name, search.asked()));
  }

  std::optional<TuneFound> recipes(bool guided) {
    UnifiedSpaceOptions options;
    options.evaluations = b_.evaluations;
    options.variance = b_.variance;
    options.edits = true;
    // Gentler than the authors': a tenth of the genes, so that good recipes are improved and not replaced.
    options.change = 0.15;
    options.insertion = options.deletion = 0.1;
    const SearchSpace space = unified_space(info_.path, published(), options);
    SteadyOptions steady;
    steady.parents = 5;
    if (!guided)
      return searched("evolution", b_.candidates,
                      [&](Search& s) { evolve_steadily(space, s, steady, {}, b_.seed); });
    steady.pool = 100;
    steady.chosen = 20;
    return searched("predictor", b_.candidates, [&](Search& s) {
      evolve_steadily(space, s, steady, predictor(info_.path, {}, b_.seed), b_.seed);
    });
  }

  UnifiedRecipe host(const std::vector<double>& times) const {
    return unified_multistep(times, 2, Form::data, true);
  }
  // `count` times from the noise end, even in half-log-SNR as far as it is finite and even in time beside it.
  std::vector<double> fine(int count) const {
    std::vector<double> out = make_grid("time", info_.path, count / 2);
    const double high = info_.path.half_log_snr(out[1]), low = info_.path.half_log_snr(out[out.size() - 2]);
    for (int k = 0; k < count - count / 2; ++k)
      out.push_back(info_.path.time_of_half_log_snr(high + (low - high) * (k + .5) / (count - count / 2)));
    out.erase(std::remove_if(out.begin(), out.end(), [&](double t) { return !(t > b_.end); }), out.end());
    std::sort(out.begin(), out.end(), std::greater<>());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  // The host from the largest chosen time on, after a first step without the model where one is needed.
  Host entering(const std::vector<double>& all) const {
    return [this, all](const std::vector<double>& chosen) {
      if (chosen.front() == all.front() || b_.variance <= 0 || info_.path.at(all.front()).a == 0)
        return host(chosen);
      std::vector<double> longer{all.front()};
      longer.insert(longer.end(), chosen.begin(), chosen.end());
      UnifiedRecipe r = host(longer);
      r.skip_first = true;
      r.first_variance = b_.variance;
      return r;
    };
  }
  std::optional<TuneFound> times() {
    const std::vector<double> all = fine(1000);
    const SearchSpace space = times_space(all, b_.evaluations, b_.end, entering(all));
    GenerationOptions options;
    options.epochs = 1000;
    return searched("times", b_.candidates,
                    [&](Search& s) { evolve_in_generations(space, s, options, b_.seed); });
  }

  std::optional<TuneFound> layers() {
    const std::vector<double> all = fine(1000);
    const LayersOptions options;
    const LayersSpace space(all, b_.evaluations, b_.end, entering(all), modules_to_leave_out(info_),
                            options.mutation);
    const SearchSpace whole = times_space(all, b_.evaluations, b_.end, entering(all));
    std::optional<TuneFound> out = searched(
        "layers", b_.candidates, [&](Search& s) { evolve_layers(whole, space, s, options, b_.seed); });
    if (out)
      out->what += fmt::format(", {} modules run where {} whole evaluations run {}",
                               space.executed(recipe_from_json(out->recipe)), b_.evaluations, space.budget());
    return out;
  }

  std::optional<TuneFound> grid() {
    std::vector<double> all = fine(48);
    all.push_back(b_.end);
    if (static_cast<std::size_t>(b_.evaluations) >= all.size())
      fail(ErrorKind::option, tune_optimisers_place, "{} evaluations, the grid has {} times", b_.evaluations,
           all.size());
    const std::size_t rows = std::min<std::size_t>(b_.ids.size(), info_.exact ? 256 : 16);
    const std::span<const std::uint64_t> ids(b_.ids.data(), rows);
    b_.watch.report({"following trajectories", 0, 0, "evaluations", ""});
    const Trajectories t = follow(field_, ids, first_rows(rows), b_.seed, all, 1, b_.watch);
    if (t.x.empty()) return {};
    *b_.spent += t.evaluations;
    const std::vector<double> start = best_times(t, info_.path, b_.evaluations, 2).times;
    std::vector<std::size_t> places;
    for (const double time : start)
      places.push_back(static_cast<std::size_t>(std::find(all.begin(), all.end(), time) - all.begin()));
    return searched("grid", b_.candidates, [&](Search& s) { exchange(all, places, s); });
  }

  // The program's errors do not cancel, those of a draw do: one time after the other goes where the objective
  // is less, by long moves first.
  void exchange(const std::vector<double>& all, std::vector<std::size_t> places, Search& s) const {
    const auto value = [&] {
      std::vector<double> times;
      for (const std::size_t p : places) times.push_back(all[p]);
      return s.ask(host(times));
    };
    std::optional<double> least = value();
    for (std::size_t by = 8; by > 0 && least;) {
      bool moved = false;
      for (std::size_t k = 1; k + 1 < places.size(); ++k)
        for (const bool up : {false, true}) {
          const std::size_t here = places[k];
          if (up ? here + by >= places[k + 1] : here < places[k - 1] + 1 + by) continue;
          places[k] = up ? here + by : here - by;
          const std::optional<double> v = value();
          if (!v) return;
          if (*v < *least)
            least = v, moved = true;
          else
            places[k] = here;
        }
      if (!moved) by /= 2;
    }
  }

  std::optional<TuneFound> compensation() {
    std::vector<UnifiedRecipe> hosts;
    for (const UnifiedRecipe& r : published_recipes(info_.path, b_.end, b_.evaluations))
      if (r == unified_unipc(r.times, 2, Form::data, Relaxation::midpoint, true)) hosts.push_back(r);
    if (hosts.empty())
      fail(ErrorKind::option, tune_optimisers_place, "no host for {} evaluations", b_.evaluations);
    UnifiedRecipe best;
    double least = std::numeric_limits<double>::infinity();
    for (const UnifiedRecipe& r : hosts)
      if (const double v = score(r); v < least) least = v, best = r;
    const std::size_t rows = std::min<std::size_t>(b_.ids.size(), 10);
    const std::vector<std::uint64_t> ids(b_.ids.begin(), b_.ids.begin() + static_cast<std::ptrdiff_t>(rows));
    const Conditions conditions = first_rows(rows);
    const at::Tensor start = keyed_normal(b_.seed, Stream::start, ids, 0, info_.shape, info_.dtype) *
                             info_.path.at(best.times.front()).s;
    const Trajectories exact = follow(field_, ids, conditions, b_.seed, best.times, 16, b_.watch);
    if (exact.x.empty()) return {};
    *b_.spent += exact.evaluations;
    Ledger ledger;
    const DataEstimate estimate = [&](const at::Tensor& x, double t) {
      if (b_.watch.cancelled()) fail(ErrorKind::cancelled, tune_optimisers_place, "cancelled");
      const Affine d = to_data(info_.head, info_.path.at(t));
      const at::Tensor p =
          field_.answer(x, at::full({x.size(0)}, t, at::kDouble), conditions, {}, ledger, b_.watch)
              .prediction;
      return x * d.of_x + p * d.of_p;
    };
    const auto reference = [&](double t) {
      const auto at = std::find(exact.times.begin(), exact.times.end(), t);
      return exact.x[static_cast<std::size_t>(at - exact.times.begin())];
    };
    const CompensationFit fit = fit_ratios(best, info_.path, start, reference, estimate);
    *b_.spent += ledger.spent().evaluations;
    for (std::size_t i = 0; i < best.steps.size(); ++i) best.steps[i].ratio = fit.ratios[i];
    return found(best, "compensated unipc:order=2");
  }

  std::optional<TuneFound> gradient() {
    const std::vector<UnifiedRecipe> starts = published();
    UnifiedRecipe best;
    double least = std::numeric_limits<double>::infinity();
    for (const UnifiedRecipe& r : starts)
      if (const double v = score(r); v < least) least = v, best = r;
    const PlanParameters parameters(plan_for(best));
    GradientState state;
    if (b_.known.is_object() && b_.known.contains("update")) {
      state.parameters = b_.known.at("parameters").get<std::vector<double>>();
      state.m = b_.known.at("m").get<std::vector<double>>();
      state.v = b_.known.at("v").get<std::vector<double>>();
      state.best = b_.known.at("best").get<std::vector<double>>();
      state.loss = b_.known.at("loss").get<double>();
      state.update = b_.known.at("update").get<int>();
      state.finished = b_.known.at("finished").get<bool>();
      if (state.parameters.size() != parameters.size())
        fail(ErrorKind::option, tune_optimisers_place,
             "the kept search is of another plan; remove it to begin anew");
    }
    const at::Tensor noise = keyed_normal(b_.seed, Stream::start, b_.ids, 0, info_.shape, info_.dtype);
    const EndLoss loss = [this](const at::Tensor& x) { return (x - b_.reference).square().mean(); };
    const GradientOptions options;
    Ledger ledger;
    while (!state.finished) {
      b_.watch.report({"gradient", state.update, options.most_updates, "updates",
                       fmt::format("error {:.4g}", std::sqrt(std::max(state.loss, 0.0)))});
      const std::int64_t before = ledger.spent().evaluations;
      if (!gradient_update(parameters, field_, noise, b_.conditions, loss, options, state, ledger, b_.watch))
        return {};
      *b_.spent += ledger.spent().evaluations - before;
      b_.keep({{"parameters", state.parameters},
               {"m", state.m},
               {"v", state.v},
               {"best", state.best},
               {"loss", state.loss},
               {"update", state.update},
               {"finished", state.finished}});
    }
    return TuneFound{parameters.plan(state.best), fmt::format("{} updates of Adam", state.update), nullptr};
  }

  Conditions first_rows(std::size_t rows) const {
    Conditions out;
    for (const auto& [name, all] : b_.conditions)
      out[name] = all.narrow(0, 0, static_cast<std::int64_t>(rows));
    return out;
  }

  TuneBench& b_;
  const ModelInfo& info_;
  Field field_;
};

}  // namespace

const std::vector<std::string>& tune_optimisers() {
  static const std::vector<std::string> names = {"evolution", "predictor",    "times",   "layers",
                                                 "grid",      "compensation", "gradient"};
  return names;
}

bool needs_reference(const std::string& optimiser) {
  return optimiser == "gradient" || optimiser == "refine";
}

std::optional<TuneFound> optimise(const std::string& optimiser, TuneBench& bench) {
  return Optimiser(bench).run(optimiser);
}

}  // namespace ulam
