#pragma once
// The best plan for one model at a few evaluations: published solvers tried, the best ones refined, all of it
// judged on samples that the search has not seen.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/guide/term.h"
#include "ulam/learn/plan_score.h"
#include "ulam/learn/refine.h"
#include "ulam/measure/figure.h"
#include "ulam/run/reference.h"

namespace ulam {

struct TuneRequest {
  ModelPtr model;
  Terms guide;                // of every draw; terms of time alone (of_time), unless `objective` is given
  int evaluations = 6;        // a sample; with guidance, guided answers, whatever each of them costs
  std::int64_t training = 0;  // samples that the fit sees; 0 = 128 for networks, 1024 for exact problems
  std::int64_t held_out = 0;  // fresh samples for the report; 0 = 64 for networks, 2048 for exact problems
  int refined = 2;            // how many of the best starts are refined, each of another family
  /// How a plan is found: "refine" (the best published ones, by Levenberg and Marquardt), one of
  /// tune_optimisers(), or one of those "+refine": what it finds is refined beside the best published ones.
  /// "" = evolution+refine, or refine alone where recipes do not suit the path; evolution where `objective`
  /// is given.
  std::string optimiser;
  int candidates = 300;  // that evolution, predictor and times may try
  /// A plan of as many evaluations or fewer to go on from (widened() then): it is refined first, which is
  /// then the standard optimiser.
  std::optional<Plan> from;
  /// What plans are judged by, for samples of given ids; empty = the trajectory error. Then there are no
  /// converged trajectories, so neither refine nor gradient; 1000 samples are the standard on both sides.
  std::function<SampleScore(std::span<const std::uint64_t>)> objective;
  bool random = true;  // also search at random, at the same cost, for comparison
  std::uint64_t seed = 0;
  /// Conditions of given ids, a row each; empty = none.
  std::function<Conditions(std::span<const std::uint64_t>)> conditions;
  RefineOptions refine;
  ReferenceOptions reference;
  Watch watch;
  /// Called with tune_json() of what is known after every trial and round, to be kept for a resume.
  std::function<void(const nlohmann::json&)> keep;
};

/// A published solver that was tried, or what became of it.
struct TuneEntry {
  std::string solver, grid;
  std::int64_t evaluations = 0;
  // The objective on the training samples (the screened ones, for those tried); NaN = did not run
  double training = 0;
  double held_out = 0;  // on fresh samples; NaN = not measured
  double error = 0;     // standard error of held_out
};

struct TuneResult {
  std::vector<TuneEntry> tried;  // the published solvers, best first on the training samples
  TuneEntry published, doubled;  // the best of them; of their 24 best, the best at twice the evaluations
  TuneEntry tuned, random;
  TuneEntry passed_over;  // what the optimiser found, where the best published solver was kept instead
  Plan plan;              // the tuned one, with its provenance
  std::string optimiser, objective;  // names
  std::int64_t spent = 0;            // evaluations of search and refinement; references and report apart
  std::int64_t random_spent = 0, reference_spent = 0;
  bool cancelled = false;  // nothing but `tried` so far
};

/// Tries, refines, reports. `resume`: what `keep` was last given for the same request, or null; a resumed
/// search ends with the same plan as an uninterrupted one. All draws share the seed; training ids are 0, 1,
/// ..., held-out ids begin at 2^32. Error: RMSE to the converged end points of the probability-flow ODE from
/// the same noise. Networks are screened on the first 24 training samples. Cost: (candidates * screened +
/// refined
/// * rounds * parameters / 3 * training) * evaluations. Throws Error(option) for a request or a resume that
/// does not fit; what draw() throws.
TuneResult tune(const TuneRequest& request, const nlohmann::json& resume);

}  // namespace ulam
