#include "ulam/run/tune.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/catalogue.h"
#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/base/version.h"
#include "ulam/guide/terms.h"
#include "ulam/io/digest.h"
#include "ulam/learn/branching.h"
#include "ulam/learn/widen.h"
#include "ulam/measure/sample_set.h"
#include "ulam/path/grid.h"
#include "ulam/run/compare.h"
#include "ulam/run/published.h"
#include "ulam/run/tune_optimisers.h"

namespace ulam {
namespace {

using nlohmann::json;
constexpr const char* tuning = "tune";
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t first_held_out = std::uint64_t{1} << 32;

// Starts of one family lead to one optimum more often than not.
std::string family_of(const std::string& solver) {
  return solver.substr(0, solver.find_first_of(":+")) +
         (solver.find("+afs") == std::string::npos ? "" : "+afs");
}

class Tuner {
 public:
  explicit Tuner(const TuneRequest& request)
      : request_(request),
        info_(request.model->info()),
        field_(request.model, info_.row_limit, {}, request.guide) {
    if (!request.objective && !of_time(request.guide))
      fail(ErrorKind::unsupported, tuning,
           "guidance {} counts or remembers steps: there is no trajectory to converge to",
           text_of(request.guide));
    if (request.evaluations < 1 || request.evaluations > 40)
      fail(ErrorKind::option, tuning, "{} evaluations, valid: 1 to 40", request.evaluations);
    choose_optimisers();
    const bool own = bool(request.objective);
    training_ = draws(0, request.training, own ? 1000 : info_.exact ? 1024 : 128);
    screening_ = draws(0,
                       std::min<std::int64_t>(training_.request.count, own           ? 1000
                                                                       : info_.exact ? 1024
                                                                                     : 24),
                       1);
    fresh_ = draws(first_held_out, request.held_out, own ? 1000 : info_.exact ? 2048 : 64);
    end_ = make_grid(standard_grid(info_.path), info_.path, 2).back();
    if (request.from) from_ = begun_from(*request.from);
  }

  TuneResult run(const json& resume) {
    json known = {
        {"request", identity()}, {"tried", json::array()}, {"refined", json::array()}, {"spent", 0}};
    if (!resume.is_null()) {
      if (!resume.is_object() || resume.value("request", json()) != known["request"])
        fail(ErrorKind::option, tuning,
             "the kept search is of another request; remove it or ask for the same again");
      known = resume;
    }
    try {
      out_.spent = known.at("spent").get<std::int64_t>();
      if (!prepare(training_) || !screen() || !try_all(known) || !find(known) || !refine_best(known) ||
          !prepare(fresh_) || !report())
        out_.cancelled = true;
    } catch (const json::exception& error) {
      fail(ErrorKind::file, tuning, "the kept search does not read ({}); remove it to begin anew",
           error.what());
    }
    return std::move(out_);
  }

 private:
  struct Draws {
    DrawRequest request;
    Reference reference;
    SampleScore score;
  };

  Plan begun_from(const Plan& plan) const {
    check_plan_for(plan, info_.path, info_.head);
    if (stochastic(plan) || plan.times.back() != end_)
      fail(ErrorKind::option, tuning, "the plan to go on from adds noise, or does not end at time {}", end_);
    if (ulam::evaluations(plan) == request_.evaluations) return plan;
    return plan_of(widened(linear_plan(plan), request_.evaluations, info_.path), plan);
  }

  void choose_optimisers() {
    out_.optimiser = request_.optimiser;
    if (out_.optimiser.empty() && request_.from) out_.optimiser = "refine";
    if (out_.optimiser.empty()) out_.optimiser = request_.objective ? "evolution" : "evolution+refine";
    std::string first = out_.optimiser;
    if (const std::size_t plus = first.find('+'); plus != std::string::npos) {
      if (first.substr(plus) != "+refine")
        fail(ErrorKind::option, tuning, "optimiser {}: only +refine may follow another one", first);
      refines_ = true;
      first.resize(plus);
    }
    if (first == "refine") {
      refines_ = true;
    } else {
      const std::vector<std::string>& names = tune_optimisers();
      if (std::find(names.begin(), names.end(), first) == names.end()) {
        std::vector<std::string> valid = names;
        valid.push_back("refine");
        fail_unknown("tune: optimiser", first, valid);
      }
      finder_ = first;
    }
    if (request_.from && !refines_)
      fail(ErrorKind::option, tuning, "{} does not go on from a plan, valid: refine, {}+refine", finder_,
           finder_);
    if (request_.candidates < 1)
      fail(ErrorKind::option, tuning, "{} candidates, valid: at least 1", request_.candidates);
    if (request_.objective && (refines_ || needs_reference(finder_)))
      fail(ErrorKind::option, tuning, "{} goes by converged trajectories and serves no other objective",
           refines_ ? "refine" : finder_);
  }

  Draws draws(std::uint64_t first, std::int64_t count, std::int64_t standard) const {
    Draws d{DrawRequest{field_}, {}, {}};
    std::vector<std::uint64_t> ids(static_cast<std::size_t>(count > 0 ? count : standard));
    std::iota(ids.begin(), ids.end(), first);
    if (request_.conditions) d.request.conditions = request_.conditions(ids);
    d.request.ids = std::move(ids);
    d.request.count = static_cast<std::int64_t>(d.request.ids.size());
    d.request.seed = request_.seed;
    d.request.watch.cancel = request_.watch.cancel;
    return d;
  }
  bool prepare(Draws& d) {
    if (request_.objective) {
      d.score = request_.objective(d.request.ids);
      return !cancelled();
    }
    DrawRequest r = d.request;
    r.watch = request_.watch;
    d.reference = converged_reference(r, "", end_, request_.reference);
    out_.reference_spent += d.reference.evaluations;
    if (d.reference.cancelled) return false;
    d.score = trajectory_score(d.reference.samples);
    return true;
  }
  // The first of the training samples, enough to tell good solvers from bad ones.
  bool screen() {
    out_.objective = training_.score.name;
    if (request_.objective) {
      screening_.score = request_.objective(screening_.request.ids);
    } else {
      screening_.reference.samples =
          training_.reference.samples.narrow(0, 0, screening_.request.count).contiguous();
      screening_.score = trajectory_score(screening_.reference.samples);
    }
    return true;
  }
  bool cancelled() const { return request_.watch.cancelled(); }
  json identity() const {
    return {{"model", io::digest_text(info_.hash)},
            {"evaluations", request_.evaluations},
            {"training", training_.request.count},
            {"seed", request_.seed},
            {"refined", request_.refined},
            {"rounds", request_.refine.most_rounds},
            {"optimiser", out_.optimiser},
            {"objective", request_.objective ? "own" : "trajectory"},
            {"candidates", finder_.empty() ? 0 : request_.candidates},
            {"from", request_.from ? json(io::digest_text(plan_hash(*request_.from))) : json()},
            {"guide", guide_text()},
            {"ulam", version}};
  }
  std::string guide_text() const {
    if (request_.guide.empty()) return "";
    return text_of(request_.guide) + " " + io::digest_text(models_hash(request_.guide));
  }
  void keep(json& known) const {
    known["spent"] = out_.spent;
    if (request_.keep) request_.keep(known);
  }
  void tell(const std::string& what, std::int64_t done, std::int64_t total, const std::string& note) const {
    request_.watch.report({what, done, total, "trials", note});
  }

  // A run of the plan on some draws; undefined samples when cancelled.
  at::Tensor samples(const Draws& d, const Plan& plan, std::int64_t& spent) const {
    DrawRequest r = d.request;
    r.plan = plan;
    const DrawResult result = ulam::draw(r);
    spent += result.spent.evaluations;
    if (result.cancelled) fail(ErrorKind::cancelled, tuning, "cancelled");
    return result.samples;
  }
  double error_of(const Draws& d, const Plan& plan, std::int64_t& spent) const {
    try {
      return d.score.value(samples(d, plan, spent));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      return unknown;
    }
  }

  std::optional<Plan> candidate(const std::string& solver, const std::string& grid, int budget) const {
    try {
      std::optional<Plan> plan = plan_within(solver, grid, budget, Field(request_.model));
      if (plan && (stochastic(*plan) || plan->times.back() != end_)) return {};
      return plan;
    } catch (const Error&) {
      return {};  // the solver or the grid does not suit the path
    }
  }

  // Those of `all` (solver, grid) that take `budget` evaluations, best first.
  std::vector<TuneEntry> published(int budget, const std::vector<SolverAndGrid>& all, const json& known,
                                   const std::function<void(const TuneEntry&)>& found, std::int64_t& spent) {
    std::vector<TuneEntry> out;
    std::vector<std::uint64_t> seen;
    std::int64_t done = 0;
    for (const auto& [solver, grid] : all) {
      tell(fmt::format("published solvers at {}", budget), done++, static_cast<std::int64_t>(all.size()),
           solver);
      if (cancelled()) fail(ErrorKind::cancelled, tuning, "cancelled");
      const std::optional<Plan> plan = candidate(solver, grid, budget);
      if (!plan) continue;
      const std::uint64_t hash = plan_hash(*plan);
      if (std::find(seen.begin(), seen.end(), hash) != seen.end()) continue;
      seen.push_back(hash);
      TuneEntry entry{solver, grid, ulam::evaluations(*plan), unknown, unknown, 0};
      const auto old = std::find_if(known.begin(), known.end(),
                                    [&](const json& k) { return k.at("key") == solver + " " + grid; });
      if (old != known.end())
        entry.training = old->at("error").is_number() ? old->at("error").get<double>() : unknown;
      else
        entry.training = error_of(screening_, *plan, spent);
      if (old == known.end() && found) found(entry);
      if (std::isfinite(entry.training)) out.push_back(std::move(entry));
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const TuneEntry& a, const TuneEntry& b) { return a.training < b.training; });
    if (out.empty())
      fail(ErrorKind::option, tuning, "no deterministic solver takes {} evaluations here", budget);
    return out;
  }

  bool try_all(json& known) {
    try {
      const json before = known.at("tried");
      out_.tried = published(
          request_.evaluations, published_candidates(info_.path), before,
          [&](const TuneEntry& e) {
            known["tried"].push_back({{"key", e.solver + " " + e.grid}, {"error", e.training}});
            keep(known);
          },
          out_.spent);
      return true;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) return false;
      throw;
    }
  }

  // The optimiser's own plan, where it is not refine alone.
  bool find(json& known) {
    if (finder_.empty()) return true;
    TuneBench bench;
    bench.model = request_.model;
    bench.guide = request_.guide;
    bench.evaluations = request_.evaluations;
    bench.candidates = request_.candidates;
    bench.end = end_;
    bench.seed = request_.seed;
    bench.watch = request_.watch;
    bench.ids = training_.request.ids;
    bench.conditions = training_.request.conditions;
    bench.reference = training_.reference.samples;
    bench.spent = &out_.spent;
    bench.score = [&](const Plan& plan) { return error_of(screening_, plan, out_.spent); };
    bench.known = known.value("found", json());
    bench.keep = [&](const json& state) {
      known["found"] = state;
      keep(known);
    };
    const TuneEntry& best = out_.tried.front();
    try {
      const Plan published = *candidate(best.solver, best.grid, request_.evaluations);
      std::int64_t apart = 0;
      const at::Tensor x = samples(screening_, published, apart);
      bench.variance = x.to(at::kDouble).square().mean().item<double>();
      found_ = optimise(finder_, bench);
      if (!found_) return false;
      out_.plan = found_->plan;
      best_error_ = error_of(training_, out_.plan, out_.spent);
      // Refining starts from both; without it, a search that found nothing better gives what was there.
      if (!refines_)
        if (const double error = error_of(training_, published, out_.spent); !(best_error_ <= error)) {
          out_.passed_over = {found_->what, "", ulam::evaluations(out_.plan), best_error_, unknown, 0};
          passed_over_ = std::move(out_.plan);
          found_ = TuneFound{published, best.solver, json()};
          out_.plan = published;
          best_error_ = error;
        }
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) return false;
      if (!request_.optimiser.empty() || !refines_ || error.kind() != ErrorKind::option) throw;
      found_.reset();
      return true;
    }
    out_.tuned = {found_->what,
                  found_->what == best.solver ? best.grid : "",
                  ulam::evaluations(out_.plan),
                  best_error_,
                  unknown,
                  0};
    return true;
  }

  bool refine_best(json& known) {
    if (!refines_) return true;
    int refined = 0;
    std::set<std::string> families;
    std::vector<TuneEntry> starts = out_.tried;
    if (found_) starts.insert(starts.begin(), out_.tuned);
    if (request_.from) {
      const double error = error_of(screening_, *from_, out_.spent);
      starts.insert(starts.begin(), {"the given plan", "", request_.evaluations, error, unknown, 0});
    }
    best_error_ = std::numeric_limits<double>::infinity();
    for (const TuneEntry& entry : starts) {
      if (refined == request_.refined) break;
      if (families.count(family_of(entry.solver)) > 0) continue;
      const std::optional<Plan> start = request_.from && &entry == &starts.front() ? from_
                                        : found_ && entry.solver == found_->what
                                            ? found_->plan
                                            : candidate(entry.solver, entry.grid, request_.evaluations);
      std::optional<PlanParameters> parameters;
      try {
        parameters.emplace(*start);
        parameters->plan(std::vector<double>(parameters->size(), 0.0));
      } catch (const Error&) {
        continue;  // asks twice at one time, or forgets its start
      }
      families.insert(family_of(entry.solver));
      const std::size_t at = static_cast<std::size_t>(refined++);
      if (known["refined"].size() <= at) known["refined"].push_back(refine_state_json({}));
      RefineState state = refine_state_from(known["refined"][at]);
      while (!state.finished) {
        BranchingRun branching(training_.request.field, request_.seed, training_.request.ids,
                               training_.request.conditions);
        const EndPoints run = [&](const Plan& plan) {
          tell("refining", state.round, request_.refine.most_rounds,
               fmt::format("{} {}, error {:.4g}", entry.solver, entry.grid,
                           state.error < 0 ? entry.training : state.error));
          Ledger ledger;
          const at::Tensor x = branching(plan, ledger, training_.request.watch);
          out_.spent += ledger.spent().evaluations;
          return x;
        };
        try {
          if (!refine_round(*parameters, run, training_.reference.samples, request_.refine, state,
                            request_.watch))
            return false;
        } catch (const Error& error) {
          if (error.kind() == ErrorKind::cancelled) return false;
          throw;
        }
        known["refined"][at] = refine_state_json(state);
        keep(known);
      }
      if (state.error < best_error_) {
        best_error_ = state.error;
        out_.plan = parameters->plan(state.parameters);
        out_.tuned = {
            "tuned from " + entry.solver, entry.grid, ulam::evaluations(out_.plan), state.error, unknown, 0};
      }
    }
    if (refined == 0)
      fail(ErrorKind::unsupported, tuning, "no solver of {} evaluations is refinable", request_.evaluations);
    return true;
  }

  void judge(TuneEntry& entry, const Plan& plan) {
    std::int64_t spent = 0;
    const at::Tensor x = samples(fresh_, plan, spent);
    const Figure f = fresh_.score.figure(x);
    entry.held_out = f.value;
    entry.error = f.error;
  }

  // Random hosts on randomly moved times, for as many evaluations as the search took.
  void search_at_random() {
    std::uint64_t used = 0;
    const RowKey key{make_key(request_.seed, Stream::search), 0, 0};
    const auto uniform = [&] { return random_uniform(key, used++); };
    double best = std::numeric_limits<double>::infinity();
    Plan winner;
    while (out_.random_spent < out_.spent && !cancelled()) {
      tell("random search", out_.random_spent, out_.spent, "");
      const TuneEntry& host =
          out_.tried[static_cast<std::size_t>(uniform() * static_cast<double>(out_.tried.size()))];
      const std::optional<Plan> plan = candidate(host.solver, host.grid, request_.evaluations);
      const std::int64_t before = out_.random_spent;
      out_.random_spent += 1;
      if (!plan || !plan->recipe) continue;
      std::vector<double> times = plan->times;
      for (std::size_t k = 1; k + 1 < times.size(); ++k) {
        const double lam = info_.path.half_log_snr(times[k]);
        if (std::isfinite(lam)) times[k] = info_.path.time_of_half_log_snr(lam + 2 * uniform() - 1);
      }
      try {
        const Plan moved = compile_plan(make_recipe(host.solver), times, info_.path, info_.head);
        if (ulam::evaluations(moved) > request_.evaluations) continue;
        const double e = error_of(screening_, moved, out_.random_spent);
        if (e < best)
          best = e, winner = moved,
          out_.random = {host.solver, "random times", ulam::evaluations(moved), e, unknown, 0};
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        out_.random_spent = before + 1;
      }
    }
    if (std::isfinite(best)) judge(out_.random, winner);
  }

  bool report() {
    try {
      judge(out_.tuned, out_.plan);
      if (!out_.passed_over.solver.empty()) judge(out_.passed_over, passed_over_);
      out_.published = best_of(out_.tried, request_.evaluations);
      const int twice = 2 * request_.evaluations;
      std::int64_t spent = 0;
      std::vector<SolverAndGrid> front;
      for (const TuneEntry& e : out_.tried)
        if (front.size() < 24) front.emplace_back(e.solver, e.grid);
      out_.doubled = best_of(published(twice, front, json::array(), {}, spent), twice);
      if (request_.random) search_at_random();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) return false;
      throw;
    }
    out_.plan.solver = out_.tuned.solver;
    out_.plan.grid = out_.tuned.grid;
    out_.plan.provenance = json{
        {"model", info_.name},
        {"model_hash", io::digest_text(info_.hash)},
        {"guide", guide_text()},
        {"objective", fresh_.score.meaning},
        {"optimiser", out_.optimiser},
        {"recipe", found_ && !refines_ ? found_->recipe : json()},
        {"training_samples", training_.request.count},
        {"training_error", out_.tuned.training},
        {"held_out_samples", fresh_.request.count},
        {"held_out_error", out_.tuned.held_out},
        {"held_out_standard_error", out_.tuned.error},
        {"best_published",
         out_.published.solver + (out_.published.grid.empty() ? "" : ",grid=" + out_.published.grid)},
        {"best_published_error", out_.published.held_out},
        {"evaluations_spent", out_.spent},
        {"seed", request_.seed},
        {"ulam", version}}.dump();
    return true;
  }
  // The best on the training samples, judged on fresh ones.
  TuneEntry best_of(const std::vector<TuneEntry>& entries, int budget) {
    TuneEntry best = entries.front();
    judge(best, *candidate(best.solver, best.grid, budget));
    return best;
  }

  const TuneRequest& request_;
  const ModelInfo& info_;
  const Field field_;
  Draws training_{DrawRequest{field_}, {}, {}}, screening_ = training_, fresh_ = training_;
  double end_ = 0, best_error_ = 0;
  std::string finder_;
  bool refines_ = false;
  std::optional<TuneFound> found_;
  std::optional<Plan> from_;
  Plan passed_over_;
  TuneResult out_;
};

}  // namespace

TuneResult tune(const TuneRequest& request, const json& resume) {
  if (!request.model) fail(ErrorKind::option, tuning, "no model given");
  return Tuner(request).run(resume);
}

}  // namespace ulam
