#include "ulam/learn/branching.h"

#include "tests/draw/support.h"

#include <gtest/gtest.h>

#include "ulam/learn/refine.h"

namespace ulam::branching_test {
namespace {

using ulam::testing::tp1;

struct Bench {
  std::shared_ptr<ulam::testing::MixtureModel> model = tp1();
  std::vector<std::uint64_t> ids{3, 4, 5, 9};
  BranchingRun run{Field(model), 7, ids, {}};
  PlanParameters parameters{make_plan("dpmpp:order=3", "time2", 5, model->info().path, model->info().head)};
  std::int64_t spent = 0;

  Plan plan(std::size_t changed, double by = 0.01) const {
    std::vector<double> p(parameters.size(), 0.0);
    if (changed < p.size()) p[changed] = by;
    return parameters.plan(p);
  }
  at::Tensor branched(const Plan& p) {
    Ledger ledger;
    at::Tensor x = run(p, ledger, Watch{});
    spent = ledger.spent().evaluations;
    return x;
  }
  at::Tensor whole(const Plan& p) const {
    Ledger ledger;
    SolverOptions options;
    options.seed = 7;
    const SolverProcess process(p, Field(model), options);
    State state = process.start(ids);
    EXPECT_TRUE(ulam::run(process, state, ledger, Watch{}));
    return state.x;
  }
};

// A search goes by these differences: a state kept wrongly would send it astray without a word.
TEST(Branching, EveryChangedNumberEndsWhereAWholeRunEnds) {
  Bench b;
  EXPECT_TRUE(at::equal(b.branched(b.plan(99)), b.whole(b.plan(99))));
  EXPECT_EQ(b.spent, 5 * 4);
  std::int64_t all = 0;
  for (std::size_t i = 0; i < b.parameters.size(); ++i) {
    EXPECT_TRUE(at::equal(b.branched(b.plan(i)), b.whole(b.plan(i)))) << i;
    all += b.spent;
  }
  // Numbers of step k: k + 2 of them, 4 - k evaluations each; the four times ask once more than their step.
  EXPECT_EQ(all, 4 * ((2 * 4 + 3 * 3 + 4 * 2 + 5 * 1) + (4 + 3 + 2 + 1)));
}

TEST(Branching, PlansThatBeginElsewhereRunWhole) {
  Bench b;
  b.branched(b.plan(99));
  const Plan other = make_plan("heun", "time2:final=clean", 3, b.model->info().path, b.model->info().head);
  EXPECT_TRUE(at::equal(b.branched(other), b.whole(other)));
}

TEST(Branching, ACancelledFirstRunLeavesNothing) {
  Bench b;
  CancelToken token;
  token.cancel();
  Watch watch;
  watch.cancel = &token;
  Ledger ledger;
  EXPECT_THROW(b.run(b.plan(99), ledger, watch), Error);
  EXPECT_TRUE(at::equal(b.branched(b.plan(2)), b.whole(b.plan(2))));
}

}  // namespace
}  // namespace ulam::branching_test
