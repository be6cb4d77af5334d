#include <cmath>

#include "ulam/draw/parameters.h"
#include "ulam/draw/solver_rows.h"

namespace ulam {
namespace {

Recipe alike(StepRecipe step) {
  Recipe recipe;
  recipe.steps.push_back(std::move(step));
  return recipe;
}

StepRecipe step_of(Form form, Variable variable, int order) {
  StepRecipe step;
  step.rule.form = form;
  step.rule.variable = variable;
  step.order = order;
  return step;
}

Parameter order_parameter(const char* standard, int most, const char* purpose) {
  return integer_parameter("order", standard, purpose, 1, most);
}
Parameter lower_parameter(const char* standard) {
  return integer_parameter("lower", standard,
                           "the last steps fall to lower order on grids of fewer steps than this; 0 = never",
                           0, 100000);
}
Parameter prediction_parameter(const char* standard) {
  return text_parameter("prediction", standard, "what is extrapolated: D (data) or eps (noise)",
                        {"data", "noise"});
}
Parameter kind_parameter(const char* standard) {
  return text_parameter(
      "kind", standard,
      "multi: from earlier evaluations; single: blocks of `order` evaluations at the grid's times; "
      "inner: `order` evaluations in every step, orders 2 and 3",
      {"multi", "single", "inner"});
}

Recipe make_deis(const Options& options) {
  const std::string& variable = options.text("variable");
  return alike(step_of(Form::noise,
                       variable == "time"  ? Variable::time
                       : variable == "rho" ? Variable::rho
                                           : Variable::half_log_snr,
                       static_cast<int>(options.integer("degree")) + 1));
}

Recipe make_ipndm(const Options& options) {
  StepRecipe step = step_of(Form::noise, Variable::rho, static_cast<int>(options.integer("order")));
  step.rule.constant = true;
  return alike(step);
}

Recipe make_ghvb(const Options& options) {
  Recipe recipe = make_ipndm(options);
  recipe.steps[0].edits.ghvb = recipe.steps[0].rule.damping = options.real("beta");
  return recipe;
}

Recipe make_pndm(const Options&) {
  StepRecipe step = step_of(Form::noise, Variable::rho, 4);
  step.rule.constant = true;
  Recipe recipe = alike(step);
  StepRecipe start = step_of(Form::noise, Variable::time, 1);
  start.stages = tableau_rk4();
  recipe.first.assign(3, start);
  return recipe;
}

Recipe make_lms(const Options& options) {
  return alike(step_of(Form::noise, Variable::rho, static_cast<int>(options.integer("order"))));
}

Recipe make_res(const Options&) { return alike(step_of(Form::data, Variable::half_log_snr, 2)); }

// DPM-Solver in one form or the other.
Recipe dpm(Form form, const Options& options) {
  const int order = static_cast<int>(options.integer("order"));
  const std::string& kind = options.text("kind");
  StepRecipe step = step_of(form, Variable::half_log_snr, kind == "multi" ? order : 1);
  if (options.text("variant") == "midpoint") step.rule.relax = Relaxation::midpoint;
  if (options.has("eta")) step.rule.eta = options.real("eta");
  if (options.has("legacy") && options.flag("legacy")) step.rule.second = 0.5;
  if (kind == "inner" && order == 2) step.inner = {{0.5, 0}};
  if (kind == "inner" && order == 3) {
    step.inner = {{1. / 3, 0}, {2. / 3, 1}};
    step.rule.relax = Relaxation::none;
  }
  Recipe recipe = alike(step);
  if (kind == "single") recipe.blocks = order;
  if (kind == "multi") recipe.lower_final_below = static_cast<int>(options.integer("lower"));
  return recipe;
}

Recipe make_unipc(const Options& options) {
  const int order = static_cast<int>(options.integer("order"));
  StepRecipe step = step_of(options.text("prediction") == "noise" ? Form::noise : Form::data,
                            Variable::half_log_snr, order);
  step.rule.relax = options.text("variant") == "bh1"   ? Relaxation::b_h
                    : options.text("variant") == "bh2" ? Relaxation::midpoint
                                                       : Relaxation::none;
  const std::string& corrector = options.text("corrector");
  if (corrector != "off") {
    step.corrector.on = true;
    step.corrector.order = order;
    step.corrector.relax = step.rule.relax;
    step.corrector.implicit = corrector == "implicit";
  }
  Recipe recipe = alike(step);
  recipe.lower_final_below = static_cast<int>(options.integer("lower"));
  recipe.correct_from = static_cast<int>(options.integer("skip"));
  return recipe;
}

Recipe make_sa(const Options& options) {
  StepRecipe step = step_of(Form::data, Variable::half_log_snr, static_cast<int>(options.integer("order")));
  step.rule.eta = std::pow(options.real("tau"), 2);
  step.corrector.order = static_cast<int>(options.integer("corrector"));
  step.corrector.on = step.corrector.order > 0;
  if (!step.corrector.on) step.corrector = {};
  Recipe recipe = alike(step);
  recipe.eta_low = options.real("low");
  recipe.eta_high = options.real("high");
  return recipe;
}

Recipe make_er(const Options& options) {
  StepRecipe step = step_of(Form::data, Variable::rho, static_cast<int>(options.integer("order")));
  step.rule.eta = 1;
  step.rule.noise_rule = NoiseRule::extended;
  step.rule.active = {1, 2, 0};
  return alike(step);
}

Recipe make_adaptive(const Options& options) {
  const int order = static_cast<int>(options.integer("order"));
  StepRecipe step =
      step_of(options.text("prediction") == "noise" ? Form::noise : Form::data, Variable::half_log_snr, 1);
  if (order == 2) {
    step.inner = {{0.5, 0}};
    step.rule.relax = Relaxation::midpoint;
  } else {
    step.inner = {{1. / 3, 0}, {2. / 3, 1}};
  }
  step.embedded = true;
  Recipe recipe = alike(step);
  Adaptive a;
  a.rtol = options.real("rtol");
  a.atol = options.real("atol");
  a.first = options.real("first");
  a.proportional = options.real("p");
  a.integral = options.real("i");
  a.derivative = options.real("d");
  a.safety = options.real("safety");
  a.most = static_cast<int>(options.integer("most"));
  recipe.own.adaptive = a;
  return recipe;
}

}  // namespace

std::vector<SolverEntry> multistep_rows() {
  const char* one = "N evaluations";
  const char* dpm_cost = "N evaluations; order times as many with kind=inner";
  const char* anything = "any path, any grid, any prediction";
  return {
      solver_row("deis", {},
                 "Exponential integrator: eps extrapolated by a polynomial through the last evaluations",
                 {integer_parameter("degree", "3", "of the polynomial", 0, 3),
                  text_parameter("variable", "time",
                                 "in which the polynomial lives: t (tAB), s/a (rhoAB) or log(s/a)",
                                 {"time", "rho", "logsnr"})},
                 "Zhang and Chen 2023, arXiv 2204.13902, eq. 15", one, anything, make_deis),
      solver_row("ipndm", {"plms"}, "Adams-Bashforth with constant weights on the ddim step",
                 {order_parameter("4", 4, "evaluations that take part; lower while the history is short")},
                 "Zhang and Chen 2023, arXiv 2204.13902, appendix H", one,
                 "any path, any prediction; above order 2 only on grids uniform in s/a", make_ipndm),
      solver_row("pndm", {}, "Three pseudo Runge-Kutta steps, then Adams-Bashforth with constant weights", {},
                 "Liu et al. 2022, arXiv 2202.09778, algorithm 2", "N + 9 evaluations, 4N below four steps",
                 "any path, any prediction; above order 2 only on grids uniform in s/a", make_pndm),
      solver_row("ghvb", {},
                 "Adams-Bashforth on a damped stream of predictions, against divergence at large guidance",
                 {order_parameter(
                      "4", 5, "evaluations that take part (3.8 in the authors' notation: order 4, beta 0.8)"),
                  real_parameter("beta", "0.8", "1 is ipndm, less damps more", 0.01, 1)},
                 "Wizadwongsa et al. 2024, arXiv 2307.11118, eq. 12", one,
                 "any path, any prediction; above order 2 only on grids uniform in s/a", make_ghvb),
      solver_row("lms", {}, "Linear multistep on x/a in s/a, weights integrated exactly",
                 {order_parameter("4", 4, "evaluations that take part; lower while the history is short")},
                 "Karras et al., k-diffusion; equal to deis:variable=rho", one, anything, make_lms),
      solver_row("res", {"res-multistep"},
                 "Refined exponential solver: D extrapolated in half-log-SNR, two evaluations", {},
                 "Zhang et al. 2023, arXiv 2308.02157; equal to dpmpp:variant=heun", one, anything, make_res),
      solver_row(
          "dpm", {"dpm-solver"}, "DPM-Solver: eps extrapolated in half-log-SNR",
          {order_parameter("2", 3, "of convergence"), kind_parameter("single"),
           text_parameter("variant", "midpoint", "second-order term: f at the middle, or the exact integral",
                          {"midpoint", "heun"}),
           lower_parameter("10")},
          "Lu et al. 2022, arXiv 2206.00927, algorithms 1 and 2", dpm_cost, anything,
          [](const Options& options) { return dpm(Form::noise, options); }),
      solver_row(
          "dpmpp", {"dpm-solver++"},
          "DPM-Solver++: D extrapolated in half-log-SNR; with eta > 0 its SDE form",
          {order_parameter("2", 3, "of convergence"), kind_parameter("multi"),
           text_parameter("variant", "midpoint", "second-order term: f at the middle, or the exact integral",
                          {"midpoint", "heun"}),
           real_parameter("eta", "0", "0 the ODE ... 1 the reverse SDE", 0, 1), lower_parameter("10"),
           [] {
             Parameter p = text_parameter(
                 "legacy", "false",
                 "halve the second derivative as other programs do; order 3 then converges as 2");
             p.type = OptionType::boolean;
             return p;
           }()},
          "Lu et al. 2022, arXiv 2211.01095, algorithms 1 and 2", dpm_cost, anything,
          [](const Options& options) { return dpm(Form::data, options); }),
      solver_row(
          "unipc", {}, "Predictor and corrector of any order; the corrector reuses the next evaluation",
          {order_parameter("3", 4, "of the predictor; the corrector makes it one more"),
           text_parameter("variant", "bh2", "second-order term: e^h - 1 (bh2), h (bh1) or the exact integral",
                          {"bh1", "bh2", "exact"}),
           prediction_parameter("data"),
           text_parameter("corrector", "on", "implicit asks the model again at the corrected state",
                          {"on", "off", "implicit"}),
           integer_parameter("skip", "0", "steps at the start without corrector (large guidance: 1)", 0,
                             100000),
           lower_parameter("10")},
          "Zhao et al. 2023, arXiv 2302.04867, algorithms 1 to 4",
          "N evaluations; 2N - 1 with corrector=implicit", anything, make_unipc),
      solver_row("sa", {"sa-solver"}, "Stochastic Adams: predictor and corrector of the reverse SDE",
                 {integer_parameter("order", "3", "evaluations in the predictor", 1, 4),
                  integer_parameter("corrector", "3",
                                    "evaluations in the corrector beside the new one; 0 = none", 0, 4),
                  real_parameter("tau", "1", "0 the ODE, 1 the reverse SDE", 0, 4),
                  real_parameter("low", "0", "no noise below this s/a", 0, 1e9),
                  real_parameter("high", "1e9", "no noise above this s/a", 0, 1e9)},
                 "Xue et al. 2023, arXiv 2309.05019, algorithm 1", one, anything, make_sa),
      solver_row("er", {"er-sde"},
                 "Extended reverse SDE: less noise than ddpm at the end of the draw, D extrapolated in s/a",
                 {order_parameter("3", 3, "of the Taylor polynomial")},
                 "Cui et al. 2023, arXiv 2309.06169, algorithm 1", one, anything, make_er),
      solver_row("adaptive", {"dpm-adaptive"},
                 "DPM-Solver-12 or -23 with steps of each row's own length, tried again where the error is "
                 "too large",
                 {integer_parameter("order", "3",
                                    "evaluations a step, and order of the solution that is kept", 2, 3),
                  real_parameter("rtol", "0.05", "error a step relative to the state", 0, 1),
                  real_parameter("atol", "0.0078", "absolute error a step", 1e-12, 1e6),
                  prediction_parameter("noise"),
                  real_parameter("first", "0.05", "length of the first step, in half-log-SNR", 1e-6, 100),
                  real_parameter("p", "0", "proportional gain of the controller", -1, 1),
                  real_parameter("i", "1", "integral gain", 0, 1),
                  real_parameter("d", "0", "derivative gain", -1, 1),
                  real_parameter("safety", "0.81", "least factor on the length of a step that is accepted",
                                 0.3, 1.5),
                  integer_parameter("most", "0",
                                    "evaluations that a sample may cost; 0: as many steps as the grid has", 0,
                                    200000)},
                 "Lu et al. 2022, arXiv 2206.00927, appendix; Crowson, k-diffusion (controller)",
                 "3N evaluations at most (2N at order 2), each sample as many as it needs; 3N - 2 where the "
                 "last step ends at s = 0",
                 "any path, any prediction; no edits", make_adaptive),
  };
}

}  // namespace ulam
