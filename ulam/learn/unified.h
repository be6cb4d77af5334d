#pragma once
// A deterministic sampler as data, one record a step, and the interpreter that turns it into coefficients:
// ddim, DPM-Solver(++), DEIS in half-log-SNR and UniPC are points of one space that can be searched.
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/draw/weights.h"
#include "ulam/learn/linear_plan.h"

namespace ulam {

/// What happens once the model has answered at the end of a step: the step is made again with the new point
/// and one order more, without relaxation. pseudo: for no evaluation, the history keeps the answer at the
/// uncorrected state; implicit: the model is asked again at the corrected state.
enum class Correction { none, pseudo, implicit };

/// One step. History points count from 0, the newest, the step's own beginning.
struct UnifiedStep {
  int order = 1;           // 1 .. 4, terms of the Taylor series
  Form form = Form::data;  // of the derivatives: D or eps
  int start = 0;           // history point that the step starts from; 1 makes two steps a single-step method
  /// For each derivative 1 .. order - 1 the history points, beside the start, that estimate it: at least as
  /// many as its number. Empty (or a derivative left out): the order - 1 newest ones.
  std::vector<std::vector<int>> active;
  /// Factor on the first-derivative term, see Relaxation, on any number of points; more than 1 + O(h^0) it is
  /// not: order 3 and above fall to 2.
  Relaxation relax = Relaxation::none;
  double relax_by = 0;  // of linear and exponential
  Correction correct = Correction::none;
  /// Relaxation of the correction of a step of order 1 (UniPC's bh1 and bh2 have one).
  Relaxation correct_relax = Relaxation::none;
  /// Dynamic compensation of the newest answer, before the step: see Edits::ratio.
  double ratio = 1;
  /// Heavy ball on the direction of the step: see Edits::heavy_ball.
  double heavy_ball = 1;
  friend bool operator==(const UnifiedStep&, const UnifiedStep&) = default;
};

struct UnifiedRecipe {
  std::vector<double> times;       // steps + 1, noise to data
  std::vector<UnifiedStep> steps;  // the last one is not corrected
  /// No evaluation at times[0]: the first step is that of centred Gaussian data of variance first_variance in
  /// every direction, x_1 = sqrt((s_1^2 + a_1^2 v) / (s_0^2 + a_0^2 v)) x_0, and their D stands for the
  /// answer. v = 0: D = 0, the analytic first step; v = 1 on a path with a^2 + s^2 = 1: x_1 = x_0, a draw
  /// that begins at times[1] with noise of variance 1.
  bool skip_first = false;
  double first_variance = 0;
  /// Modules that the network leaves out, a list an evaluation; empty: none anywhere.
  std::vector<std::vector<std::string>> left_out{};
  friend bool operator==(const UnifiedRecipe&, const UnifiedRecipe&) = default;

  int evaluations() const;
};

/// The coefficients of a recipe on a path, in double. The step from s to t with h = lam_t - lam_s, hh = h
/// (noise) or -h (data) and phi_0 = (e^hh - 1)/hh, phi_i = (phi_{i-1} - 1/i!)/hh:
///   noise: x_t = (a_t/a_s) x_s - s_t sum_i h^{i+1} phi_i eps^(i)
///   data:  x_t = (s_t/s_s) x_s + a_t sum_i h^{i+1} phi_i D^(i)
/// with derivatives in lam from their active points. A step that starts at a = 0 or ends at s = 0 takes its
/// first-order limit (from a = 0: in D); points where lam is infinite are left out, and the order falls with
/// them. Relative error a few units in the last place of the largest coefficient. Throws Error(option) naming
/// the step where a recipe does not hang together. Source: Liu et al. 2023, arXiv 2312.07243, sections 3
/// and 4.
LinearPlan linear_plan(const UnifiedRecipe& recipe, const Path& path);
/// The same with an evaluation at the end, after which the last step is corrected as it says: the state that
/// a longer recipe with these steps goes on from. The last evaluation's time is `end`.
LinearPlan corrected_plan(const UnifiedRecipe& recipe, const Path& path);

/// Refuses times that do not fall or leave the path, orders outside 1 .. 4 or above the points there are,
/// active points that repeat, are missing or are the start, a start before the first point, numbers that are
/// not finite. Throws Error(option) naming the step.
void check(const UnifiedRecipe& recipe, const Path& path, const std::string& place = "recipe");

/// Published samplers as recipes on given times; every step's order is capped by the points there are.
UnifiedRecipe unified_ddim(const std::vector<double>& times);
/// DPM-Solver++(2M, midpoint form; 3M) and their noise forms; order 1 to 4. `lower`: order falls at the end.
UnifiedRecipe unified_multistep(const std::vector<double>& times, int order, Form form, bool lower);
/// UniPC of an order: the same with pseudo correctors. relax: midpoint (bh2), b_h (bh1) or none (exact).
UnifiedRecipe unified_unipc(const std::vector<double>& times, int order, Form form, Relaxation relax,
                            bool lower);
/// DPM-Solver++(2S): every second step starts where the one before did. An odd last step is of order 1.
UnifiedRecipe unified_single(const std::vector<double>& times, Form form);

nlohmann::json recipe_json(const UnifiedRecipe& recipe);
/// Strict: unknown keys and wrong types are refused with the place. Throws Error(option). Does not check().
UnifiedRecipe recipe_from_json(const nlohmann::json& j, const std::string& place = "recipe");
/// 64-bit hash of the canonical JSON.
std::uint64_t recipe_hash(const UnifiedRecipe& recipe);

}  // namespace ulam
