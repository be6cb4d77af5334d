#include "ulam/run/selftest_problems.h"

#include "tests/run/fakes.h"
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "ulam/problems/read_problem.h"

namespace ulam::selftest_problems_test {
namespace {

using testing::Distorted;

std::vector<std::string> failing(const ExactSubjects& subjects, const SetThreads& set_threads = {}) {
  Checklist list;
  check_problems(list, set_threads, subjects);
  std::vector<std::string> names;
  for (const Check& c : list.checks())
    if (!c.passed) names.push_back(c.claim.name);
  return names;
}
bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(SelftestProblems, TheShippedOnesPass) {
  EXPECT_EQ(failing(shipped_problems()), std::vector<std::string>{});
}

TEST(SelftestProblems, AScoreOffByAMillionthIsCaught) {
  ExactSubjects broken = shipped_problems();
  broken.scored[1].score = [good = broken.scored[1].score](const at::Tensor& x, const at::Tensor& t) {
    return good(x, t) * (1 + 1e-6);
  };
  EXPECT_EQ(failing(broken), std::vector<std::string>{"tweedie"});
}

// The same problem with a model that is off by 1e-8: every end point moves, no order does.
TEST(SelftestProblems, AModelOffByALittleIsCaughtByTheEndPoints) {
  ExactSubjects broken = shipped_problems();
  broken.tp1 = std::make_shared<Distorted>(
      broken.tp1, [](const at::Tensor&, const at::Tensor&, const at::Tensor& p) { return p * (1 + 1e-8); });
  const auto names = failing(broken);
  EXPECT_TRUE(has(names, "golden/ddim") && has(names, "golden/rho-ab4"));
  EXPECT_FALSE(has(names, "order/ddim") || has(names, "order/heun"));
}

// An answer that jumps with time leaves no solver its order.
TEST(SelftestProblems, AModelThatIsRoughInTimeIsCaughtByTheOrders) {
  ExactSubjects broken = shipped_problems();
  broken.tp1 = std::make_shared<Distorted>(broken.tp1,
                                           [](const at::Tensor&, const at::Tensor& t, const at::Tensor& p) {
                                             return p + 0.05 * (t * 1e6).sin().unsqueeze(1);
                                           });
  const auto names = failing(broken);
  EXPECT_TRUE(has(names, "order/heun") && has(names, "order/ddim"));
}

TEST(SelftestProblems, AnAnswerThatDependsOnTheBatchIsCaught) {
  ExactSubjects broken = shipped_problems();
  broken.rowwise = {std::make_shared<Distorted>(
      named_problem("ring"),
      [](const at::Tensor& x, const at::Tensor&, const at::Tensor& p) { return p + 1e-12 * x.mean(); })};
  EXPECT_EQ(failing(broken), std::vector<std::string>{"s2"});
}

TEST(SelftestProblems, AnAnswerThatDependsOnTheThreadsIsCaughtWhereThreadsCanBeSet) {
  ExactSubjects subjects = shipped_problems();
  int threads = 1;
  std::vector<int> asked;
  subjects.rowwise = {std::make_shared<Distorted>(
      named_problem("ring"), [&](const at::Tensor&, const at::Tensor&, const at::Tensor& p) {
        return p * (threads == 2 ? 1 + 1e-12 : 1);
      })};
  const auto set = [&](int n) {
    asked.push_back(n);
    return threads = n;
  };
  EXPECT_EQ(failing(subjects), std::vector<std::string>{});
  EXPECT_EQ(failing(subjects, set), std::vector<std::string>{"s2"});
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(asked.back(), at::get_num_threads());  // restored
}

}  // namespace
}  // namespace ulam::selftest_problems_test
