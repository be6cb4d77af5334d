// Where other programs' samplers end on exact problems, ours end, to 1e-9. docs/methods/peers.md has the
// table of names and the reasons for differences.
#include "peers.h"

#include <cmath>
#include <optional>

namespace ulam::peers_test {
namespace {

using namespace testing;

/// What of ours does the same as an entry; no recipe: nothing, and why.
struct Ours {
  std::optional<Recipe> recipe;
  std::string why;
  std::vector<double> times = {};  // empty: the setting's
  bool edm = false;                // draw in coordinates x/a
  bool near = false;               // there, and end just above s = 0
};
Ours same(const std::string& spec) { return {make_recipe(spec), ""}; }
/// The same drawn on the EDM path: paths that begin at a = 0 make ours work in other variables where s > a.
Ours on_edm(Ours ours) {
  ours.edm = true;
  return ours;
}
/// Multistep methods in s/a run on through s = 0 in other programs; ours ends there by the jump to the data
/// estimate.
Ours through_zero(Ours ours) {
  ours.near = true;
  return ours;
}
Ours different(std::string why) { return {std::nullopt, std::move(why)}; }

StepRecipe step_of(Form form, Variable variable, int order) {
  StepRecipe step;
  step.rule.form = form;
  step.rule.variable = variable;
  step.order = order;
  return step;
}

/// Calls match(class, options, setting) for every entry and setting and compares where it gives a recipe.
/// Counts end points compared and left.
struct Counts {
  int equal = 0, different = 0;
};
template <typename Match>
Counts compare(const std::string& peer, const Match& match) {
  const json golden = read_golden(peer);
  std::vector<Setting> settings;
  for (const auto& [name, given] : golden.at("settings").items()) settings.push_back(setting_of(name, given));
  Counts counts;
  for (const json& entry : golden.at("entries"))
    for (const Setting& s : settings) {
      if (!entry.at("ends").contains(s.name)) continue;
      const std::string name = entry.at("class").get<std::string>() + " " + entry.at("options").dump();
      const Ours ours = match(entry.at("class").get<std::string>(), entry.at("options"), s);
      if (!ours.recipe) {
        EXPECT_FALSE(ours.why.empty()) << name;
        ++counts.different;
        continue;
      }
      Setting where = s;
      if (!ours.times.empty()) where.times = ours.times;
      if (ours.edm || ours.near) where = edm_of(where);
      if (ours.near) where.times.back() = kNearlyClean;
      const Plan plan =
          compile_plan(*ours.recipe, where.times, where.problem->info().path, where.problem->info().head);
      at::Tensor end = stochastic(plan) ? follow(where, plan) : draw(where, plan);
      if (ours.edm || ours.near) end = end * s.problem->info().path.at(s.times.back()).a;
      EXPECT_LT(distance(end, tensor_of(entry.at("ends").at(s.name))), kTolerance)
          << name << " on " << s.name << " and " << ours.recipe->solver;
      ++counts.equal;
    }
  return counts;
}

// dpm_fast's own grid: blocks of equal length in half-log-SNR, with the places of their inner evaluations.
std::vector<double> fast_times(const Setting& s, int n) {
  const Path& path = s.problem->info().path;
  const double first = path.half_log_snr(s.times.front()), last = path.half_log_snr(s.times.back());
  const int blocks = n / 3 + 1;
  std::vector<double> times;
  for (int b = 0, left = n; b < blocks; ++b) {
    const int order = n % 3 == 0 && b == blocks - 2 ? 2 : std::min(left, 3);
    for (int k = 0; k < order; ++k) {
      const double u = (b + static_cast<double>(k) / order) / blocks;
      times.push_back(b + k == 0 ? s.times.front() : path.time_of_half_log_snr(first + u * (last - first)));
    }
    left -= order;
  }
  times.push_back(s.times.back());
  return times;
}

Ours k_diffusion(const std::string& name, const json& options, const Setting& s) {
  const double eta = options.value("eta", 0.0);
  if (name == "sample_euler") return same("euler");
  if (name == "sample_heun") return on_edm(same("heun"));
  if (name == "sample_dpm_2") return same("dpm:order=2,kind=inner");
  if (name == "sample_euler_ancestral") return same(fmt::format("ddim:eta={}", eta));
  if (name == "sample_lms") {
    const int order = options.at("order").get<int>();
    const Ours ours = same(fmt::format("lms:order={}", order));
    return ends_clean(s) ? through_zero(ours) : ours;
  }
  if (name == "sample_dpmpp_2m") return same("dpmpp:order=2,lower=0");
  if (name == "sample_dpmpp_2m_sde")
    return same(fmt::format("dpmpp:order=2,lower=0,eta={},variant={}", eta,
                            options.at("solver_type").get<std::string>()));
  if (name == "sample_dpmpp_3m_sde")
    return same(fmt::format("dpmpp:order=3,lower=0,legacy=true,variant=heun,eta={}", eta));
  if (name == "sample_dpm_fast")
    return {make_recipe("dpm:order=3,kind=single"), "", fast_times(s, options.at("n").get<int>())};
  if (eta == 0) return same("dpmpp:order=2,kind=inner");  // sample_dpmpp_2s_ancestral, sample_dpmpp_sde
  return different("two evaluations with an ancestral step around them; ours with noise take one evaluation");
}

// sde-dpmsolver++ of order 3 adds ((g - k)/k^2 - 1/2) D2 where (g - k)/k^2 + 1/2 is meant (k = 2h, g = 1 -
// e^-k): a sign. Said as a factor on the second derivative of ours, step by step.
Recipe with_wrong_sign(const Setting& s) {
  const Path& path = s.problem->info().path;
  Recipe recipe;
  for (std::size_t i = 0; i + 1 < s.times.size(); ++i) {
    StepRecipe step = step_of(Form::data, Variable::half_log_snr, 3);
    const double k = 2 * (path.half_log_snr(s.times[i + 1]) - path.half_log_snr(s.times[i]));
    const double meant = (-std::expm1(-k) - k) / (k * k) + 0.5;
    step.rule.eta = 1;
    step.rule.relax = Relaxation::midpoint;
    step.rule.second = std::isfinite(k) ? 0.5 * (meant - 1) / meant : 0.5;
    recipe.steps.push_back(step);
  }
  return recipe;
}

// Where the first node lies at a = 0, its order 3 becomes the exact integral through the two others, whatever
// the form asked for; ours keeps the form.
Recipe third_from_noise(Recipe recipe, const Setting& s) {
  if (!starts_in_noise(s) || recipe.steps.front().order != 3) return recipe;
  if (recipe.steps.size() == 1) recipe.steps.assign(s.times.size() - 1, recipe.steps.front());
  recipe.steps.at(2).rule.relax = Relaxation::none;
  return recipe;
}

Ours multistep(const json& options, const Setting& s) {
  const std::string algorithm = options.value("algorithm_type", "dpmsolver++");
  const int order = options.at("solver_order").get<int>();
  const bool stochastic = algorithm.starts_with("sde");
  if (algorithm == "sde-dpmsolver++" && order == 3) return {third_from_noise(with_wrong_sign(s), s), ""};
  const bool data = algorithm.ends_with("++");
  Recipe recipe = make_recipe(fmt::format("{}:order={},kind=multi,variant={}", data ? "dpmpp" : "dpm", order,
                                          options.value("solver_type", "midpoint")));
  recipe.lower_final_below = options.at("lower_order_final").get<bool>() ? 15 : 0;
  if (stochastic) recipe.steps[0].rule.eta = 1;
  recipe.steps[0].rule.second = 0.5;  // dpmpp:legacy=true
  return {third_from_noise(std::move(recipe), s), ""};
}

Ours unipc(const json& options, const Setting& s) {
  const bool corrector = options.at("CORRECTOR").get<bool>();
  if (corrector && starts_in_noise(s) && !options.contains("SKIP"))
    return different(
        "it averages the two ends of a step of infinite length; ours does not correct a step from a = 0");
  Recipe recipe = make_recipe(
      fmt::format("unipc:order={},variant={},prediction={},corrector={},skip={},lower={}",
                  options.at("solver_order").get<int>(), options.at("solver_type").get<std::string>(),
                  options.at("predict_x0").get<bool>() ? "data" : "noise", corrector ? "on" : "off",
                  options.value("SKIP", 0), options.at("lower_order_final").get<bool>() ? 100000 : 0));
  // Like third_from_noise, one step earlier: the corrector through the node at a = 0.
  if (starts_in_noise(s) && s.times.size() > 2 && recipe.steps[0].order > 1) {
    recipe.steps.assign(s.times.size() - 1, recipe.steps[0]);
    recipe.steps[1].corrector.relax = Relaxation::none;
  }
  return {recipe, ""};
}

Ours sa(const json& options) {
  const int predictor = options.at("predictor_order").get<int>(),
            corrector = options.at("corrector_order").get<int>();
  if (corrector == 1) return different("a corrector through the new evaluation alone; ours keeps the start");
  Recipe recipe = make_recipe(fmt::format("sa:order={},corrector={},tau={}", predictor, corrector - 1,
                                          options.at("TAU").get<double>()));
  // Its steps through two evaluations replace the exact integral of the first derivative by h^2/2.
  recipe.steps[0].rule.relax = recipe.steps[0].corrector.relax = Relaxation::b_h;
  return {recipe, ""};
}

Ours pndm(const json& options) {
  if (!options.at("skip_prk_steps").get<bool>()) return same("pndm");
  Recipe recipe = make_recipe("ipndm:order=4");  // begins with one pseudo Heun step
  StepRecipe start = step_of(Form::noise, Variable::time, 1);
  start.stages = tableau_heun();
  recipe.first = {start};
  return {recipe, ""};
}

Ours singlestep(const json& options, const Setting& s) {
  const int order = options.at("solver_order").get<int>(), steps = static_cast<int>(s.times.size()) - 1;
  const bool data = options.at("algorithm_type") == "dpmsolver++";
  if (order == 3) return different("one term of the third block differs: SinglestepOfOrderThree");
  const std::vector<int> sizes =
      block_sizes(steps, order, options.at("lower_order_final").get<bool>(), ends_clean(s));
  if (order == 1) return same("ddim");
  if (sizes == block_sizes(steps, 2, steps % 2 == 1, ends_clean(s)))
    return same(fmt::format("{}:order=2,kind=single,variant={}", data ? "dpmpp" : "dpm",
                            options.at("solver_type").get<std::string>()));
  // An even number of steps with lower orders at the end: two blocks of one. Ours has no option for it.
  const Path& path = s.problem->info().path;
  Recipe recipe;
  std::vector<double> times{s.times.front()};
  std::size_t at = 0;
  for (const int size : sizes) {
    StepRecipe step = step_of(data ? Form::data : Form::noise, Variable::half_log_snr, 1);
    if (options.at("solver_type") == "midpoint") step.rule.relax = Relaxation::midpoint;
    const auto lam = [&](std::size_t i) { return path.half_log_snr(s.times.at(at + i)); };
    if (size == 2) step.inner = {{(lam(1) - lam(0)) / (lam(2) - lam(0)), 0}};
    recipe.steps.push_back(step);
    at += static_cast<std::size_t>(size);
    times.push_back(s.times.at(at));
  }
  return {recipe, "", times};
}

Ours diffusers(const std::string& name, const json& options, const Setting& s) {
  if (name == "DDIMScheduler") return same(fmt::format("ddim:eta={}", options.at("ETA").get<double>()));
  if (name == "DDPMScheduler") {
    if (options.at("variance_type") != "fixed_large") return same("ddpm");
    if (s.problem->info().path.json().at("kind") != "vp")
      return different("the forward kernel's variance is not the same in x and in x/a");
    return same("ddpm:variance=large");
  }
  if (name == "EulerDiscreteScheduler" || name == "EDMEulerScheduler") return same("euler");
  if (name == "FlowMatchEulerDiscreteScheduler") return same("ddim");
  if (name == "FlowMatchHeunDiscreteScheduler")
    return different("Heun's method on x in t; ours is on x/a in s/a");
  if (name == "EulerAncestralDiscreteScheduler") return same("ddpm");
  if (name == "HeunDiscreteScheduler") return same("heun");
  if (name == "KDPM2DiscreteScheduler") return same("dpm:order=2,kind=inner");
  if (name == "DPMSolverMultistepScheduler" || name == "EDMDPMSolverMultistepScheduler")
    return multistep(options, s);
  if (name == "DPMSolverSinglestepScheduler") return singlestep(options, s);
  if (name == "UniPCMultistepScheduler") return unipc(options, s);
  if (name == "SASolverScheduler") return sa(options);
  if (name == "DEISMultistepScheduler") {
    Ours ours =
        same(fmt::format("deis:degree={},variable=logsnr", options.at("solver_order").get<int>() - 1));
    ours.recipe->lower_final_below = options.at("lower_order_final").get<bool>() ? 15 : 0;
    return ours;
  }
  Ours ours = different("");
  if (name == "IPNDMScheduler") ours = same("ipndm:order=4");
  if (name == "PNDMScheduler") ours = pndm(options);
  if (name == "LMSDiscreteScheduler")
    ours = same(fmt::format("lms:order={}", options.at("ORDER").get<int>()));
  return ends_clean(s) ? through_zero(ours) : ours;
}

// The numbers say how much is compared: an entry that nobody thought of does not pass by being left out.
TEST(Peers, KDiffusionEndsWhereWeEnd) {
  const Counts counts = compare("k_diffusion", k_diffusion);
  EXPECT_EQ(counts.equal, 107);
  EXPECT_EQ(counts.different, 15);  // see AncestralStepsOfTwoEvaluations
}

TEST(Peers, DiffusersEndsWhereWeEnd) {
  const Counts counts = compare("diffusers", diffusers);
  EXPECT_EQ(counts.equal, 389);
  EXPECT_EQ(counts.different, 28);
}

// The table walker above must be the loop, or stochastic comparisons would prove nothing about draws.
TEST(Peers, FollowingTheTableByHandIsTheLoop) {
  const json golden = read_golden("k_diffusion");
  const Setting s = setting_of("gmm", golden.at("settings").at("gmm"));
  for (const char* spec : {"ddim", "heun", "rk4"}) {
    const Plan plan =
        compile_plan(make_recipe(spec), s.times, s.problem->info().path, s.problem->info().head);
    EXPECT_LT(distance(follow(s, plan), draw(s, plan)), 1e-13) << spec;
  }
}

}  // namespace
}  // namespace ulam::peers_test
