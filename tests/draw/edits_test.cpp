// Edits: off they change nothing, on they do what their papers say, in any company.
#include "ulam/draw/edits.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::edits_test {
namespace {

using testing::column;
using testing::error_text;
using testing::run_plan;
using testing::tp1;

double end_of(const std::string& spec, const std::string& grid, int steps) {
  const auto model = tp1();
  const Path& path = model->info().path;
  return run_plan(model, make_plan(spec, grid, steps, path, model->info().head), column({.3})).item<double>();
}
std::uint64_t hash_of(const std::string& spec, int steps = 6) {
  return plan_hash(make_plan(spec, "time2", steps, Path::vp(), Head{}));
}

TEST(Edits, SwitchedOffLeaveThePlansHash) {
  for (const std::string& host : testing::edit_hosts())
    for (const char* edit : {"dc:ratio=1", "dc:ratios=1/1/1", "dualfast:c=0", "hb:beta=1", "nesterov:beta=1",
                             "timeshift:window=0", "timeshift:cutoff=1"})
      EXPECT_EQ(hash_of(host + "+" + edit), hash_of(host)) << host << " " << edit;
}

TEST(Edits, SwitchedOnChangeThePlan) {
  for (const std::string& host : testing::edit_hosts())
    for (const std::string& edit : testing::edit_specs())
      EXPECT_NE(hash_of(host + "+" + edit), hash_of(host)) << host << " " << edit;
}

TEST(Edits, CostNothing) {
  for (const std::string& host : testing::edit_hosts())
    for (const std::string& edit : testing::edit_specs()) {
      const auto cost = [&](const std::string& spec) {
        return evaluations(make_plan(spec, "time2", 6, Path::vp(), Head{}));
      };
      EXPECT_EQ(cost(host + "+" + edit), cost(host) - (edit == "afs" ? 1 : 0));
    }
}

// The order of writing does not matter: edits act in one fixed order.
TEST(Edits, CommuteInTheirSpec) {
  EXPECT_EQ(hash_of("unipc+dc:ratio=1.1+dualfast+hb"), hash_of("unipc+hb+dualfast+dc:ratio=1.1"));
}

TEST(Edits, SpecsAreCanonicalAndTakenApart) {
  EXPECT_EQ(split_edits("a:x=1e+3+b+c:y=2"), (std::vector<std::string>{"a:x=1e+3", "b", "c:y=2"}));
  const std::string spec = make_recipe("unipc:order=2+dc:ratios=1/1/.98+hb").solver;
  EXPECT_EQ(make_recipe(spec).solver, spec);
}

TEST(Edits, BadSpecsAreRefusedInASentence) {
  EXPECT_NE(error_text([] { make_recipe("ddim+dv"); }).find("dc"), std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("ddim+hb+hb:beta=0.5"); }).find("given twice"), std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("ddim+hb+nesterov"); }).find("give one"), std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("ddim+nesterov+hb"); }).find("give one"), std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("ddim+dc:ratios=1/x"); }).find("'x' is no number"),
            std::string::npos);
  EXPECT_NE(error_text([] { make_recipe("ddim+hb:beta=0"); }).find("beta"), std::string::npos);
  EXPECT_NE(error_text([] { hash_of("heun+dc:ratio=1.2"); }).find("one evaluation"), std::string::npos);
  EXPECT_NE(error_text([] { hash_of("ddpm+hb"); }).find("eta"), std::string::npos);
  EXPECT_NE(error_text([] { hash_of("heun+afs"); }).find("one evaluation"), std::string::npos);
}

// Compensation by hand: D replaced by the parabola through the last three, for good.
TEST(Compensation, WeightsAreLagrangesInTime) {
  const Plan plan = make_plan("ddim+dc:ratio=1.3", "time2", 5, Path::vp(), Head{});
  const Variant& v = plan.variant(2, 2);
  const double t = plan.times[2], t1 = plan.times[1], t2 = plan.times[0], at = 1.3 * t - .3 * t1;
  const Row* push = nullptr;
  for (const Row& row : v.moves[0].rows)
    if (row.to == Row::To::history) push = &row;
  ASSERT_NE(push, nullptr);
  EXPECT_NEAR(push->of.back(), (at - t1) * (at - t2) / ((t - t1) * (t - t2)), 1e-13);
  EXPECT_NEAR(push->of[1], (at - t) * (at - t2) / ((t1 - t) * (t1 - t2)), 1e-13);
  EXPECT_NEAR(push->of[1] + push->of[2] + push->of.back(), 1, 1e-13);
}
TEST(Compensation, RatioZeroIsTheEvaluationBefore) {
  const Plan plan = make_plan("ddim+dc:ratio=0", "time2", 5, Path::vp(), Head{});
  for (const Row& row : plan.variant(3, 2).moves[0].rows)
    if (row.to == Row::To::history) {
      EXPECT_NEAR(row.of[1], 1, 1e-13);
      EXPECT_NEAR(row.of.back(), 0, 1e-13);
    }
}
// The first two steps have fewer than three predictions.
TEST(Compensation, LeavesTheFirstTwoStepsAlone) {
  EXPECT_EQ(hash_of("unipc+dc:ratios=2/3/1"), hash_of("unipc+dc:ratios=1.5/1/1"));
}

TEST(DualFast, GoldenValues) {
  EXPECT_NEAR(end_of("ddim+dualfast:c=0.3,schedule=constant", "logsnr", 10), .2066568930, 1e-10);
  EXPECT_NEAR(end_of("ddim+dualfast:c=0.3,tau=first", "logsnr", 10), .2110106644, 1e-10);
}
// On a grid uniform in rho, c = 1/2 from the evaluation before is two-step Adams-Bashforth.
TEST(DualFast, HalfOfThePreviousIsAdamsBashforth) {
  EXPECT_NEAR(end_of("ddim+dualfast:c=0.5,schedule=constant", "rho", 12), end_of("ipndm:order=2", "rho", 12),
              1e-10);
}
// `previous` is an O(h) edit and converges; `first` does not where c does not fall.
TEST(DualFast, OnePolicyConvergesAndTheOtherDoesNot) {
  const double exact = .2651019219;
  const auto error = [&](const char* spec, int n) { return std::abs(end_of(spec, "logsnr", n) - exact); };
  const char* previous = "ddim+dualfast:c=0.3,schedule=constant";
  const char* first = "ddim+dualfast:c=0.3,schedule=constant,tau=first";
  EXPECT_NEAR(error(previous, 320) / error(previous, 640), 2, .2);
  EXPECT_GT(error(first, 640) / error(first, 320), .9);
  // A corrector does not take it back.
  const char* corrected = "unipc:order=2+dualfast:c=0.3,schedule=constant";
  EXPECT_NEAR(error(corrected, 320) / error(corrected, 640), 2, .2);
}

// Heavy ball makes any host first order.
TEST(HeavyBall, LeavesOrderOne) {
  const double exact = .2651019219;
  for (const char* host : {"dpmpp", "ipndm"}) {
    const auto error = [&](int n) {
      return std::abs(end_of(std::string(host) + "+hb:beta=0.5", "logsnr", n) - exact);
    };
    EXPECT_NEAR(std::log2(error(640) / error(1280)), 1, .1) << host;
  }
}

TEST(ZeroCostFirstStep, StartsFromTheScaledNoise) {
  const Plan plan = make_plan("ddim+afs", "time2", 5, Path::vp(), Head{});
  const Move& move = plan.variant(0, 0).moves[0];
  EXPECT_FALSE(move.time.has_value());
  const Marginal s = Path::vp().at(plan.times[0]), t = Path::vp().at(plan.times[1]);
  EXPECT_NEAR(move.rows[0].of[0], t.s / s.s, 1e-13);  // D = 0, so x stays noise
}

struct Company {
  std::string host, one, other;
};
class EditPairs : public ::testing::TestWithParam<Company> {};
// Every edit alone and every pair over six hosts: finite, promised cost, resumable, both bodies alike, plan
// round trip.
TEST_P(EditPairs, KeepTheContract) {
  std::string spec = GetParam().host + "+" + GetParam().one;
  if (!GetParam().other.empty()) spec += "+" + GetParam().other;
  for (const Path& path : {Path::vp(), Path::edm(), Path::flow()}) {
    const auto model = std::make_shared<testing::MixtureModel>(
        path, Head{Prediction::data, .5}, testing::tp1_components(), std::vector<std::int64_t>{2});
    std::vector<double> times;
    for (int i = 0; i <= 5; ++i) times.push_back(path.t_noise() + (path.t_data() - path.t_noise()) * i / 5);
    const Plan plan = compile_plan(make_recipe(spec), times, path, model->info().head);
    EXPECT_EQ(plan_hash(parse_plan(plan_json(plan).dump())), plan_hash(plan));
    const SolverProcess process(plan, Field(model)),
        plain(plan, Field(model), {.seed = 0, .differentiable = true});
    const std::vector<std::uint64_t> ids{3, 4};
    Ledger ledger, other;
    State whole = process.start(ids);
    run(process, whole, ledger, Watch{});
    EXPECT_TRUE(at::isfinite(whole.x).all().item<bool>()) << spec;
    EXPECT_EQ(ledger.spent().evaluations, 2 * evaluations(plan));
    State tensor_body = plain.start(ids);
    run(plain, tensor_body, other, Watch{});
    EXPECT_LT(((whole.x - tensor_body.x).abs() / (1 + whole.x.abs())).max().item<double>(), 1e-13) << spec;
    State cut = process.start(ids);
    for (int i = 0; i < 3; ++i) process.step(cut, other, Watch{});
    cut = from_arrays(to_arrays(cut));
    run(process, cut, other, Watch{});
    EXPECT_TRUE(at::equal(cut.x, whole.x)) << spec;
  }
}
std::vector<Company> companies() {
  std::vector<Company> out;
  const std::vector<std::string> all = testing::edit_specs();
  const auto name = [](const std::string& s) { return s.substr(0, s.find(':')); };
  for (const std::string& host : testing::edit_hosts())
    for (std::size_t i = 0; i < all.size(); ++i) {
      out.push_back({host, all[i], ""});
      for (std::size_t j = i + 1; j < all.size(); ++j)
        if (name(all[i]) != name(all[j]) && !(name(all[i]) == "hb" && name(all[j]) == "nesterov"))
          out.push_back({host, all[i], all[j]});
    }
  return out;
}
INSTANTIATE_TEST_SUITE_P(Edits, EditPairs, ::testing::ValuesIn(companies()),
                         [](const auto& info) { return "company_" + std::to_string(info.index); });

}  // namespace
}  // namespace ulam::edits_test
