// Rows that may share a step, and states that no step may take.
#include "ulam/draw/row_groups.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::row_groups_test {
namespace {

using testing::error_text;

Plan plan() { return make_plan("lms:order=2", "time", 4, Path::vp(), Head{}); }
State rows(std::size_t n) {
  State s;
  s.x = at::zeros({static_cast<std::int64_t>(n), 2}, at::kDouble);
  s.ids.assign(n, 0);
  s.level.assign(n, 1);
  s.count.assign(n, 1);
  s.history.push_back({s.x, std::vector<double>(n, 1.0)});
  return s;
}

TEST(RowGroups, ARowWithoutTimesTakesThePlans) {
  State s = rows(2);
  const Plan p = plan();
  EXPECT_EQ(step_times(s, p, 0), StepTimes::plain(p.times[1], p.times[2]));
  s.times.resize(2);
  s.times[1] = {.6, .5, .7, .65};
  EXPECT_EQ(step_times(s, p, 0), StepTimes::plain(p.times[1], p.times[2]));
  EXPECT_EQ(step_times(s, p, 1), s.times[1]);
}

TEST(RowGroups, LevelTimesCountAndNodesPartRows) {
  State s = rows(6);
  EXPECT_TRUE(uniform(s, plan()));
  s.level[1] = 2;
  s.count[2] = 0;
  s.history[0].times[3] = .9;
  s.times.resize(6);
  s.times[4] = StepTimes::plain(.7, .5);
  EXPECT_FALSE(uniform(s, plan()));
  const std::vector<std::vector<std::int64_t>> want{{0, 5}, {1}, {2}, {3}, {4}};
  EXPECT_EQ(row_groups(s, plan()), want);
  for (std::size_t a = 0; a < 6; ++a)
    for (std::size_t b = 0; b < 6; ++b)
      EXPECT_EQ(same_moves(s, plan(), a, b), a == b || (a % 5 == 0 && b % 5 == 0)) << a << b;
  // A row whose own times are the plan's is no different.
  s.times[5] = step_times(s, plan(), 0);
  EXPECT_TRUE(same_moves(s, plan(), 0, 5));
}

TEST(RowGroups, StatesThatDoNotFitAreRefused) {
  State s = rows(2);
  check_rows(s, plan());
  const auto refused = [&](const std::function<void(State&)>& change) {
    State t = s;
    change(t);
    return error_text([&] { check_rows(t, plan()); });
  };
  EXPECT_NE(refused([](State& t) { t.level[1] = 4; }).find("row 1 stands at level 4"), std::string::npos);
  EXPECT_NE(refused([](State& t) { t.count[0] = 2; }).find("row 0 counts 2"), std::string::npos);
  EXPECT_NE(refused([](State& t) { t.times.resize(1); }).find("2 rows"), std::string::npos);
  for (const StepTimes& bad :
       {StepTimes::plain(.5, .6), StepTimes::plain(.5, .5), StepTimes::plain(2, .5), StepTimes::plain(.5, -1),
        StepTimes{.5, .4, 7, .5}, StepTimes{.5, .4, .5, NAN}})
    EXPECT_NE(refused([&](State& t) {
                t.times.resize(2);
                t.times[1] = bad;
              }).find("row 1 would step"),
              std::string::npos)
        << bad.from << bad.to;
}

}  // namespace
}  // namespace ulam::row_groups_test
