// What every catalogued solver must keep, on every path: limits, exactness, the ledger, noise bits, fork and
// resume.
#include "support.h"

#include <gtest/gtest.h>

namespace ulam::contract_test {
namespace {

using testing::all_paths;
using testing::all_specs;
using testing::MixtureModel;
using testing::path_name;
using testing::tp1_components;

struct Case {
  std::string spec;
  Path path;
};
std::vector<Case> cases() {
  std::vector<Case> out;
  for (const std::string& spec : all_specs())
    for (const Path& path : all_paths()) out.push_back({spec, path});
  return out;
}

// Grids over a whole path, to its data end and, where there is one, to its clean time.
std::vector<std::vector<double>> grids_of(const Path& path, int steps) {
  std::vector<std::vector<double>> out;
  std::vector<double> times;
  for (int i = 0; i <= steps; ++i)
    times.push_back(path.t_noise() + (path.t_data() - path.t_noise()) * i / steps);
  out.push_back(times);
  if (std::isfinite(path.t_clean()) && path.t_clean() != path.t_data()) {
    times.push_back(path.t_clean());
    out.push_back(times);
  }
  return out;
}

class Contract : public ::testing::TestWithParam<Case> {
 protected:
  std::shared_ptr<MixtureModel> model(std::vector<testing::Component> parts = tp1_components(),
                                      at::ScalarType dtype = at::kDouble) const {
    return std::make_shared<MixtureModel>(GetParam().path, Head{Prediction::data, .5}, std::move(parts),
                                          std::vector<std::int64_t>{3}, dtype);
  }
  Plan plan(const std::vector<double>& times) const {
    return compile_plan(make_recipe(GetParam().spec), times, GetParam().path, Head{Prediction::data, .5});
  }
  static State drawn(const SolverProcess& process, std::vector<std::uint64_t> ids, Ledger& ledger) {
    State state = process.start(ids);
    run(process, state, ledger, Watch{});
    return state;
  }
};

// A wrong limit at a = 0 or s = 0 shows as NaN; a solver that has none says so in a sentence.
TEST_P(Contract, BothEndsAreFiniteOrRefusedInASentence) {
  for (const std::vector<double>& times : grids_of(GetParam().path, 4)) {
    try {
      const SolverProcess process(plan(times), Field(model()));
      Ledger ledger;
      EXPECT_TRUE(at::isfinite(drawn(process, {1, 2}, ledger).x).all().item<bool>());
    } catch (const Error& error) {
      EXPECT_EQ(GetParam().spec, "exp:prediction=noise,eta=1") << error.what();
    }
  }
}

// Data of one point makes D constant: a deterministic method that does not land on a_t c + s_t eps has wrong
// weights.
TEST_P(Contract, OnePointDataIsExactAtAnyNumberOfSteps) {
  const double c = .7;
  for (int steps : {1, 2, 5})
    for (const std::vector<double>& times : grids_of(GetParam().path, steps)) {
      const Plan p = plan(times);
      if (stochastic(p)) continue;
      const SolverProcess process(p, Field(model({{1, c, 0}})));
      const Marginal first = p.path.at(times.front()), last = p.path.at(times.back());
      const at::Tensor eps = at::tensor({-1.2, .1, 2.}, at::kDouble).reshape({1, 3});
      const std::vector<std::uint64_t> ids{0};
      State state = process.start_from(eps * first.s + first.a * c, ids);
      Ledger ledger;
      run(process, state, ledger, Watch{});
      // Stages at small noise divide a rounding at large noise by it.
      double spread = first.a > 0 && last.s > 0 ? std::pow(first.s / first.a, 2) * last.a / last.s : 0;
      if (evaluations(p) > 2 * p.levels()) spread *= 1e4;  // nested stages do it again
      EXPECT_LT((state.x - (eps * last.s + last.a * c)).abs().max().item<double>(), 1e-11 + 5e-16 * spread)
          << steps;
    }
}

// The ledger counts what the model saw, and the plan promises it beforehand.
TEST_P(Contract, LedgerEqualsRealCallsAndThePlansPromise) {
  for (const std::vector<double>& times : grids_of(GetParam().path, 4)) {
    const auto m = model();
    const SolverProcess process(plan(times), Field(m, 2));
    Ledger ledger;
    drawn(process, {1, 2, 3}, ledger);
    EXPECT_EQ(ledger.spent().evaluations, m->rows);
    EXPECT_EQ(ledger.spent().evaluations, 3 * evaluations(process.plan()));
  }
}

// S1 and S2: sample 7 alone has the bits that it has in a batch of 64, however it is cut and on any number of
// threads.
TEST_P(Contract, ARowDoesNotDependOnItsBatch) {
  const std::vector<double> times = grids_of(GetParam().path, 3)[0];
  for (at::ScalarType dtype : {at::kDouble, at::kFloat}) {
    DrawRequest request{Field(model(tp1_components(), dtype))};
    request.plan = plan(times);
    request.seed = 11;
    request.count = 64;
    const at::Tensor all = draw(request).samples;
    for (std::int64_t batch : {1, 5}) {
      request.batch = batch;
      EXPECT_TRUE(at::equal(draw(request).samples, all));
    }
    request.ids = {7};
    EXPECT_TRUE(at::equal(draw(request).samples[0], all[7]));
    request.seed = 12;
    EXPECT_FALSE(at::equal(draw(request).samples[0], all[7]));
  }
}

// A state written down at any step and read back goes on as if nothing had happened; so does a row picked out
// of it.
TEST_P(Contract, ResumeAndForkAtEveryStepChangeNoBit) {
  const SolverProcess process(plan(grids_of(GetParam().path, 4)[0]), Field(model()), {.seed = 3});
  Ledger ledger;
  const at::Tensor whole = drawn(process, {4, 5, 6}, ledger).x;
  for (int stop = 0; stop <= process.levels(); ++stop) {
    const std::vector<std::uint64_t> ids{4, 5, 6};
    State state = process.start(ids);
    for (int i = 0; i < stop; ++i) process.step(state, ledger, Watch{});
    State resumed = from_arrays(to_arrays(state));
    const std::vector<std::int64_t> rows{2, 0, 2};
    State forked = index_select(state, rows);
    run(process, resumed, ledger, Watch{});
    run(process, forked, ledger, Watch{});
    EXPECT_TRUE(at::equal(resumed.x, whole)) << stop;
    EXPECT_TRUE(at::equal(forked.x, at::stack({whole[2], whole[0], whole[2]}))) << stop;
  }
}

// Rows at different levels share a model call and must end where they end apart.
TEST_P(Contract, RowsAtDifferentLevelsStepTogetherAsApart) {
  const auto m = model();
  const SolverProcess process(plan(grids_of(GetParam().path, 8).back()), Field(m), {.seed = 3});
  Ledger ledger;
  const at::Tensor whole = drawn(process, {4, 5, 6}, ledger).x;
  std::vector<State> parts;
  for (int i = 0; i < 3; ++i) {
    const std::vector<std::uint64_t> ids{std::uint64_t(4 + i)};
    parts.push_back(process.start(ids));
    for (int k = 0; k < i; ++k) process.step(parts.back(), ledger, Watch{});
  }
  State mixed = concatenate(parts);
  const std::int64_t calls = m->calls;
  process.step(mixed, ledger, Watch{});
  EXPECT_LE(m->calls - calls, 4);  // one call a stage for all groups
  EXPECT_EQ(mixed.level, (std::vector<int>{1, 2, 3}));
  run(process, mixed, ledger, Watch{});
  EXPECT_TRUE(at::equal(mixed.x, whole));
}

// The two bodies over the same plan: fused in place and plain tensor operations.
TEST_P(Contract, PlainBodyAgreesWithTheFusedOne) {
  for (at::ScalarType dtype : {at::kDouble, at::kFloat}) {
    const Plan p = plan(grids_of(GetParam().path, 4).back());
    const SolverProcess fused(p, Field(model(tp1_components(), dtype)), {.seed = 9});
    const SolverProcess plain(p, Field(model(tp1_components(), dtype)), {.seed = 9, .differentiable = true});
    Ledger ledger;
    const at::Tensor a = drawn(fused, {1, 2}, ledger).x, b = drawn(plain, {1, 2}, ledger).x;
    const double ulp = dtype == at::kDouble ? 2.3e-16 : 1.2e-7;
    EXPECT_LT(((a - b).abs() / (1 + a.abs())).max().item<double>(), 64 * ulp);
  }
}

// peek() looks without paying twice: the step uses the answer it left behind.
TEST_P(Contract, PeekCostsNothingExtraAndChangesNoBit) {
  const auto m = model();
  const SolverProcess process(plan(grids_of(GetParam().path, 3)[0]), Field(m), {.seed = 5});
  Ledger once, twice;
  const at::Tensor whole = drawn(process, {1, 2}, once).x;
  const std::vector<std::uint64_t> ids{1, 2};
  State state = process.start(ids);
  for (int i = 0; i < process.levels(); ++i) {
    EXPECT_TRUE(at::isfinite(process.peek(state, twice, Watch{})).all().item<bool>());
    process.step(state, twice, Watch{});
  }
  EXPECT_TRUE(at::equal(state.x, whole));
  EXPECT_EQ(once.spent().evaluations, twice.spent().evaluations);
}

// A plan written as JSON and read back is the same plan.
TEST_P(Contract, PlansSurviveARoundTrip) {
  for (const std::vector<double>& times : grids_of(GetParam().path, 5)) {
    const Plan p = plan(times);
    const Plan q = parse_plan(plan_json(p).dump());
    EXPECT_EQ(plan_hash(p), plan_hash(q));
    EXPECT_EQ(p.steps, q.steps);
    EXPECT_EQ(evaluations(p), evaluations(q));
    EXPECT_EQ(plan_json(p), plan_json(q));
    const SolverProcess a(p, Field(model())), b(q, Field(model()));
    Ledger ledger;
    EXPECT_TRUE(at::equal(drawn(a, {1}, ledger).x, drawn(b, {1}, ledger).x));
  }
}

TEST_P(Contract, CancelStopsAtAStepBoundaryAndTheStateGoesOn) {
  const auto m = model();
  const SolverProcess process(plan(grids_of(GetParam().path, 4)[0]), Field(m), {.seed = 5});
  Ledger ledger;
  const at::Tensor whole = drawn(process, {1, 2}, ledger).x;
  CancelToken token;
  m->before = [&] { token.cancel(); };
  Watch watch;
  watch.cancel = &token;
  const std::vector<std::uint64_t> ids{1, 2};
  State state = process.start(ids);
  EXPECT_FALSE(run(process, state, ledger, watch));
  EXPECT_EQ(state.level, (std::vector<int>{1, 1}));
  m->before = nullptr;
  EXPECT_TRUE(run(process, state, ledger, Watch{}));
  EXPECT_TRUE(at::equal(state.x, whole));
}

INSTANTIATE_TEST_SUITE_P(Solvers, Contract, ::testing::ValuesIn(cases()), [](const auto& info) {
  std::string name = info.param.spec + "_" + path_name(info.param.path) + "_" + std::to_string(info.index);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

TEST(Catalogue, CoversTheWholeCatalogue) {
  for (const SolverEntry& entry : solvers()) {
    bool found = false;
    for (const std::string& spec : all_specs()) found = found || spec.substr(0, spec.find(':')) == entry.name;
    EXPECT_TRUE(found) << entry.name;
    EXPECT_FALSE(entry.purpose.empty() || entry.paper.empty() || entry.cost.empty());
  }
}

TEST(Limits, NoiseFormWithNoiseIsRefusedAtAPureStart) {
  const std::string text =
      testing::error_text([] { make_plan("exp:prediction=noise,eta=1", "time", 4, Path::flow(), Head{}); });
  EXPECT_NE(text.find("plan: step 0"), std::string::npos) << text;
  EXPECT_NE(text.find("eta"), std::string::npos);
}

TEST(Limits, ANoisePredictionIsRefusedAtAPureStart) {
  const std::string text = testing::error_text(
      [] { make_plan("ddim", "time", 4, Path::flow(), Head{.kind = Prediction::noise}); });
  EXPECT_NE(text.find("plan: step 0"), std::string::npos) << text;
}

}  // namespace
}  // namespace ulam::contract_test
