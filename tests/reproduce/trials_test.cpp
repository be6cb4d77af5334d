#include "ulam/reproduce/trials.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/toys.h"

namespace ulam::trials_test {
namespace {

// The laboratory's figure by another way: a model that is its own truth.
TEST(Trials, AgreeWithTheLaboratory) {
  const ProblemPtr problem = named_problem("tp1");
  Trials trials(problem, problem, "time2", {});
  Laboratory lab(problem, "time2", {});
  EXPECT_NEAR(trials.error("ddim", 10).value, lab.trajectory("ddim", 10).value, 1e-7);
  EXPECT_EQ(trials.cost("heun", 10), 20);
}
// What no solver can take away is the error of the model.
TEST(Trials, AWrongModelLeavesAnErrorAtAnyNumberOfSteps) {
  const ProblemPtr problem = named_problem("tp1")->with_head(Head{Prediction::noise, .5});
  Trials trials(with_low_noise_error(problem, .03), problem, "time2", {});
  EXPECT_GT(trials.error("rk4", 100).value, .01);
  EXPECT_NEAR(trials.error("rk4", 100).value, trials.error("rk4", 200).value, 1e-5);
}
TEST(Trials, StopWhenTheyAreCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  const ModelPtr model = guided_gaussian({}, 2);
  Trials trials(model, model, "time", context);
  EXPECT_THROW(trials.error("ddim", 5), Error);
}

}  // namespace
}  // namespace ulam::trials_test
