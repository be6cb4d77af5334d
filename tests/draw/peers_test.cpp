// End points of other programs' samplers on exact problems, stored by bench/peers/golden.py, against ours
// from the same states through the same times. docs/methods/peers.md has the table of names and the reasons
// for differences.
#include "support.h"
#include <cmath>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include "ulam/io/json.h"
#include "ulam/problems/read_problem.h"

namespace ulam {
namespace {

using io::json;

constexpr double kTolerance = 1e-9;  // the peers computed in double

/// What of ours does the same as an entry; no recipe: nothing, and why.
struct Ours {
  std::optional<Recipe> recipe;
  std::string why;
  bool edm = false;
};
Ours same(const std::string& spec) { return {make_recipe(spec), ""}; }
/// The same drawn on the EDM path: paths that begin at a = 0 make ours work in other variables where s > a.
Ours on_edm(Ours ours) {
  ours.edm = true;
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
Recipe alike(StepRecipe step) {
  Recipe recipe;
  recipe.steps.push_back(std::move(step));
  return recipe;
}

json read_golden(const std::string& peer) {
  const std::filesystem::path folder = std::filesystem::path(__FILE__).parent_path() / "peers";
  return io::read_json((folder / (peer + ".json")).string());
}

at::Tensor tensor_of(const json& rows) {
  std::vector<double> all;
  for (const json& row : rows)
    for (const json& v : row) all.push_back(v.get<double>());
  const auto count = static_cast<std::int64_t>(rows.size());
  return at::tensor(all, at::kDouble).reshape({count, static_cast<std::int64_t>(all.size()) / count});
}

struct Setting {
  std::string name;
  ProblemPtr problem;
  std::vector<double> times;
  at::Tensor start;
  std::vector<at::Tensor> noise;
};
Setting setting_of(const std::string& name, const json& given) {
  Setting s;
  s.name = name;
  s.problem = problem_from_json(given.at("problem"), name, "");
  s.times = given.at("times").get<std::vector<double>>();
  s.start = tensor_of(given.at("start"));
  for (const json& z : given.at("noise")) s.noise.push_back(tensor_of(z));
  return s;
}

/// In coordinates x/a, with s/a for the time.
Setting edm_of(const Setting& s) {
  const Path& path = s.problem->info().path;
  Setting other = s;
  other.problem = s.problem->with_path(Path::edm(1e-6, 1e6));
  for (double& t : other.times) t = path.rho(t);
  other.start = s.start / path.at(s.times.front()).a;
  return other;
}

/// The end of a draw by the library's own loop.
at::Tensor draw(const Setting& s, const Plan& plan) {
  SolverProcess process(plan, Field(s.problem));
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(s.start.size(0)));
  for (std::size_t r = 0; r < ids.size(); ++r) ids[r] = r;
  State state = process.start_from(s.start.clone(), ids, {}, 0);
  Ledger ledger;
  run(process, state, ledger, Watch{});
  return state.x;
}

/// The end of a draw by the plan's table alone, with the given z for each step.
at::Tensor follow(const Setting& s, const Plan& plan) {
  at::Tensor x = s.start.clone();
  std::vector<at::Tensor> history, registers(static_cast<std::size_t>(plan.memory + plan.scratch));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    at::Tensor pushed;
    for (const Move& move : plan.variant(static_cast<int>(i), static_cast<int>(history.size())).moves) {
      std::vector<at::Tensor> columns{x};
      columns.insert(columns.end(), history.begin(), history.end());
      for (const at::Tensor& r : registers) columns.push_back(r.defined() ? r : at::zeros_like(x));
      if (move.time) {
        Call call;
        columns.push_back(s.problem->forward(x, at::full({x.size(0)}, *move.time, at::kDouble), {}, call));
      }
      at::Tensor next = x;
      for (const Row& row : move.rows) {
        at::Tensor sum = s.noise.at(i) * row.noise;
        for (std::size_t k = 0; k < row.of.size(); ++k) sum = sum + columns.at(k) * row.of[k];
        if (row.to == Row::To::x) next = sum;
        if (row.to == Row::To::history) pushed = sum;
        if (row.to == Row::To::memory) registers.at(static_cast<std::size_t>(row.index)) = sum;
      }
      x = next;
    }
    if (pushed.defined()) history.insert(history.begin(), pushed);
    if (history.size() > static_cast<std::size_t>(plan.history))
      history.resize(static_cast<std::size_t>(plan.history));
  }
  return x;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs() / at::clamp_min(b.abs(), 1.0)).max().item<double>();
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
      const Setting where = ours.edm ? edm_of(s) : s;
      const Plan plan =
          compile_plan(*ours.recipe, where.times, where.problem->info().path, where.problem->info().head);
      at::Tensor end = stochastic(plan) ? follow(where, plan) : draw(where, plan);
      if (ours.edm) end = end * s.problem->info().path.at(s.times.back()).a;
      EXPECT_LT(distance(end, tensor_of(entry.at("ends").at(s.name))), kTolerance)
          << name << " on " << s.name << " and " << ours.recipe->solver;
      ++counts.equal;
    }
  return counts;
}

Ours k_diffusion(const std::string& name, const json& options, const Setting&) {
  const double eta = options.value("eta", 0.0);
  if (name == "sample_euler") return same("euler");
  if (name == "sample_heun") return on_edm(same("heun"));
  if (name == "sample_euler_ancestral") return same(fmt::format("ddim:eta={}", eta));
  if (name == "sample_lms")
    return {alike(step_of(Form::noise, Variable::rho, options.at("order").get<int>())), ""};
  return different("not yet");
}

Ours diffusers(const std::string& name, const json& options, const Setting& s) {
  if (name == "DDIMScheduler") return same(fmt::format("ddim:eta={}", options.at("ETA").get<double>()));
  if (name == "DDPMScheduler") {
    if (options.at("variance_type") != "fixed_large") return same("ddpm");
    if (s.problem->info().path.json().at("kind") != "vp")
      return different("the forward kernel's variance is not the same in x and in x/a");
    return same("ddpm:variance=large");
  }
  if (name == "EulerDiscreteScheduler" || name == "EDMEulerScheduler" ||
      name == "FlowMatchEulerDiscreteScheduler")
    return same("euler");
  if (name == "EulerAncestralDiscreteScheduler") return same("ddpm");
  if (name == "HeunDiscreteScheduler") return same("heun");
  if (name == "LMSDiscreteScheduler")
    return {alike(step_of(Form::noise, Variable::rho, options.at("ORDER").get<int>())), ""};
  return different("not yet");
}

TEST(Peers, KDiffusionEndsWhereWeEnd) {
  const Counts counts = compare("k_diffusion", k_diffusion);
  EXPECT_GE(counts.equal, 20);
}

TEST(Peers, DiffusersEndsWhereWeEnd) {
  const Counts counts = compare("diffusers", diffusers);
  EXPECT_GE(counts.equal, 20);
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
}  // namespace ulam
