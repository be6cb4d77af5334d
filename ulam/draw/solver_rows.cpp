#include "ulam/draw/solver_rows.h"

#include "ulam/draw/parameters.h"

namespace ulam {
namespace {

Parameter eta_parameter(const char* purpose, const char* standard = "0") {
  return real_parameter("eta", standard, purpose, 0, 1);
}

Recipe uniform(StepRecipe step) {
  Recipe recipe;
  recipe.steps.push_back(std::move(step));
  return recipe;
}

Recipe runge_kutta(Tableau tableau) {
  return uniform(
      {.rule = {.form = Form::noise, .variable = Variable::rho}, .order = 1, .stages = std::move(tableau)});
}

Recipe make_ddpm(const Options& options) {
  const Variance variance = options.text("variance") == "large" ? Variance::large : Variance::small;
  return uniform({.rule = {.form = Form::data, .eta = 1, .variance = variance}});
}

Recipe make_ddim(const Options& options) {
  return uniform({.rule = {.form = Form::data, .eta = options.real("eta"), .noise_rule = NoiseRule::ddim}});
}

Recipe make_exp(const Options& options) {
  const Form form = options.text("prediction") == "noise" ? Form::noise : Form::data;
  return uniform({.rule = {.form = form, .eta = options.real("eta")}});
}

}  // namespace

SolverEntry solver_row(const char* name, std::vector<std::string> aliases, const char* purpose,
                       std::vector<Parameter> parameters, const char* paper, const char* cost,
                       const char* composes, Recipe (*make)(const Options&)) {
  SolverEntry entry;
  entry.name = name;
  entry.aliases = std::move(aliases);
  entry.purpose = purpose;
  entry.parameters = std::move(parameters);
  entry.parameters.push_back(
      text_parameter("grid", "", "grid of times, a grid spec; unset: the path's standard grid"));
  entry.paper = paper;
  entry.cost = cost;
  entry.composes = composes;
  entry.make = make;
  return entry;
}

std::vector<SolverEntry> solver_rows() {
  const char* one = "N evaluations";
  const char* anything = "any path, any grid, any prediction";
  const char* two = "2N evaluations; 2N - 1 where the last step ends at s = 0 (that step is Euler)";
  std::vector<SolverEntry> rows = {
      solver_row(
          "ddpm", {"ancestral"},
          "Ancestral sampling: the posterior step of the noising chain, for any stride",
          {text_parameter("variance", "small",
                          "deviation of the noise: the posterior's (small) or the forward kernel's (large)",
                          {"small", "large"})},
          "Ho et al. 2020, arXiv 2006.11239, eq. 7", one, anything, make_ddpm),
      solver_row("ddim", {}, "Deterministic first-order sampling; eta mixes the noise of ddpm back in",
                 {eta_parameter("0 deterministic ... 1 the posterior step of ddpm")},
                 "Song et al. 2021, arXiv 2010.02502, eq. 12 and 16", one, anything, make_ddim),
      solver_row("euler-ancestral", {"euler_a"},
                 "Euler's method to a lower noise level, then noise up to the next one (equal to ddim at the "
                 "same eta)",
                 {eta_parameter("0 Euler ... 1 the posterior step of ddpm", "1")},
                 "Karras et al., k-diffusion; Song et al. 2021, arXiv 2010.02502, eq. 16", one, anything,
                 make_ddim),
      solver_row("euler", {}, "Euler's method on x/a in rho = s/a (equal to ddim at eta 0)", {},
                 "Karras et al. 2022, arXiv 2206.00364, section 3", one, anything,
                 [](const Options&) { return runge_kutta(tableau_euler()); }),
      solver_row("heun", {"edm"}, "Heun's second-order method on x/a in rho = s/a", {},
                 "Karras et al. 2022, arXiv 2206.00364, algorithm 1", two, anything,
                 [](const Options&) { return runge_kutta(tableau_heun()); }),
      solver_row("midpoint", {"dpm2"}, "The midpoint method on x/a in rho = s/a", {},
                 "classical; Zhang and Chen 2023, arXiv 2204.13902", two, anything,
                 [](const Options&) { return runge_kutta(tableau_midpoint()); }),
      solver_row("rk4", {}, "The classical fourth-order Runge-Kutta method on x/a in rho = s/a", {},
                 "classical; Zhang and Chen 2023, arXiv 2204.13902",
                 "4N evaluations; 4N - 3 where the last step ends at s = 0 (that step is Euler)", anything,
                 [](const Options&) { return runge_kutta(tableau_rk4()); }),
      solver_row(
          "rhork", {}, "An explicit Runge-Kutta method on x/a in rho = s/a, by its tableau",
          {text_parameter("tableau", "kutta3",
                          "euler, heun, midpoint, kutta3, ral3, heun3, vdh3, ssprk3 or rk4",
                          tableau_names())},
          "Zhang and Chen 2023, arXiv 2204.13902, section 4",
          "3N evaluations (as many as the tableau has stages); 3N - 2 where the last step ends at s = 0",
          anything,
          [](const Options& options) {
            return runge_kutta(named_tableau(options.text("tableau"), "rhork"));
          }),
      solver_row(
          "exp", {},
          "First-order exponential integrator of the reverse SDE (eta > 0) or the probability-flow ODE (eta "
          "0)",
          {text_parameter("prediction", "data", "what is held constant over a step: D (data) or eps (noise)",
                          {"data", "noise"}),
           eta_parameter("0 the ODE ... 1 the reverse SDE")},
          "Lu et al. 2022, arXiv 2211.01095; Zhang and Chen 2023, arXiv 2204.13902", one,
          "any path; prediction=noise with eta > 0 needs a > 0 at the first time", make_exp),
  };
  for (SolverEntry& entry : multistep_rows()) rows.push_back(std::move(entry));
  return rows;
}

}  // namespace ulam
