#include "ulam/guide/term.h"

#include "tests/guide/support.h"

#include <gtest/gtest.h>

namespace ulam::term_test {
namespace {

// Queries that are the same are asked once; those that are not must never be taken for one another.
TEST(Term, QueriesAreTheSameOnlyWhereEverythingIs) {
  const ModelPtr a = guide_test::classes(), again = guide_test::classes(),
                 other = guide_test::classes("noise");
  Query q;
  q.model = a;
  Query r = q;
  EXPECT_TRUE(same(q, r));
  r.model = again;  // the same numbers, loaded twice
  EXPECT_TRUE(same(q, r));
  r.model = other;
  EXPECT_FALSE(same(q, r));
  r = q;
  r.condition = Query::Condition::null;
  EXPECT_FALSE(same(q, r));
  r = q;
  r.time = 1.0;
  EXPECT_FALSE(same(q, r));
  r = q;
  r.input = at::zeros({2});
  EXPECT_FALSE(same(q, r));
  q.input = r.input;
  EXPECT_TRUE(same(q, r));
  r.perturbations.push_back({"mid.attention0", Perturbation::Kind::skip, 1, {}});
  EXPECT_FALSE(same(q, r));
}

TEST(Term, WeightsFollowEveryRowsNoise) {
  Situation s;
  s.times = s.sigma = {0.1, 1, 10};
  Schedule schedule;
  schedule.low = 0.5;
  schedule.high = 5;
  EXPECT_EQ(s.weights(schedule, 3), (std::vector<double>{0, 3, 0}));
  s.open = true;
  EXPECT_EQ(s.weights(schedule, 3), (std::vector<double>{3, 3, 3}));
  s.open = false;
  schedule = {};
  schedule.stop = 0.5;
  s.context.steps = 4;
  s.context.row_steps = {0, 1, 2};
  EXPECT_EQ(s.weights(schedule, 3), (std::vector<double>{3, 3, 0}));
}

}  // namespace
}  // namespace ulam::term_test
