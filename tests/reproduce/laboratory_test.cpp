#include "ulam/reproduce/laboratory.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/problems/read_problem.h"

namespace ulam::laboratory_test {
namespace {

Laboratory lab(const ReproductionContext& context = {}) {
  return Laboratory(named_problem("tp1"), "time2", context);
}

// The figure of the solvers' sheet (DDIM, 10 steps, 200 starts: 0.114), within three of its own errors.
TEST(Laboratory, TrajectoryErrorIsThePublishedOne) {
  const Figure f = lab().trajectory("ddim", 10);
  EXPECT_NEAR(f.value, .114, 3 * f.error + .0005);
  EXPECT_GT(f.error, 0);
}

TEST(Laboratory, OrdersAreTellApart) {
  EXPECT_NEAR(lab().order("ddim", {40, 80, 160}).value, 1, .2);
  EXPECT_NEAR(lab().order("heun", {40, 80, 160}).value, 2, .2);
}

TEST(Laboratory, TheSameSolverDiffersByNothing) {
  EXPECT_EQ(lab().difference("ddim", 7, "ddim", 7).value, 0);
  EXPECT_GT(lab().difference("ddim", 7, "ddim", 8).value, 0);
}

TEST(Laboratory, ItCountsWhatItDraws) {
  Laboratory l = lab();
  l.difference("ddim", 10, "heun", 5, 100);
  EXPECT_EQ(l.spent().evaluations, 100 * (10 + l.cost("heun", 5)));
}

// An exact sampler lies at the floor; a bad one above it.
TEST(Laboratory, StatisticalDistanceTellsABadSamplerFromAGoodOne) {
  Laboratory l = lab();
  const Figure floor = l.floor(20000), good = l.distance("heun", 40, 20000),
               bad = l.distance("ddpm", 5, 20000);
  EXPECT_NEAR(good.value, floor.value, 5 * std::hypot(good.error, floor.error));
  EXPECT_GT(bad.value, good.value + 5 * std::hypot(good.error, bad.error));
}

TEST(Laboratory, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(lab(context).trajectory("ddim", 10), Error);
}

}  // namespace
}  // namespace ulam::laboratory_test
