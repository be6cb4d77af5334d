// Identities of the sheets that need no draw, and costs.
#include "support.h"

#include <gtest/gtest.h>

namespace ulam::solver_identities_test {
namespace {

Plan plan_of(const std::string& spec, int steps = 8) {
  return make_plan(spec, "time2", steps, Path::vp(), Head{});
}

double apart(const Variant& a, const Variant& b) {
  double most = 0;
  for (std::size_t r = 0; r < a.moves[0].rows.size(); ++r)
    for (std::size_t c = 0; c < a.moves[0].rows[r].of.size(); ++c)
      most = std::max(most, std::abs(a.moves[0].rows[r].of[c] - b.moves[0].rows[r].of[c]));
  return most;
}
// With the full solve bh1 and bh2 are one method from three nodes on; they differ where only two take part.
TEST(UniPc, VariantsDifferInTheirSecondOrderStepsOnly) {
  const Plan one = plan_of("unipc:order=3,variant=bh1,corrector=off,lower=0"),
             two = plan_of("unipc:order=3,variant=bh2,corrector=off,lower=0"),
             exact = plan_of("unipc:order=3,variant=exact,corrector=off,lower=0");
  for (int i = 0; i < one.levels(); ++i) {
    const int count = std::min(i, 2);
    const double most = std::max(apart(one.variant(i, count), two.variant(i, count)),
                                 apart(two.variant(i, count), exact.variant(i, count)));
    if (count == 1)
      EXPECT_GT(most, 1e-4);
    else
      EXPECT_LT(most, 1e-13);
  }
}
// UniC-1 weighs both ends equally whatever B is; UniC of order 3 needs no B.
TEST(UniPc, CorrectorsAreOneOrderAboveTheirPredictor) {
  EXPECT_EQ(plan_of("unipc:order=1,corrector=on").history, 1);
  EXPECT_EQ(plan_of("unipc:order=3,corrector=on").history, 3);
  EXPECT_EQ(plan_of("unipc:order=3,corrector=off").history, 2);
}

// No hidden evaluation, and no solver that is another under its name.
TEST(Solvers, CostWhatTheySay) {
  for (const auto& [spec, cost] : {std::pair{"deis", 8},
                                   {"ipndm", 8},
                                   {"ghvb", 8},
                                   {"lms", 8},
                                   {"res", 8},
                                   {"dpm", 8},
                                   {"dpmpp", 8},
                                   {"unipc", 8},
                                   {"sa", 8},
                                   {"er", 8},
                                   {"euler-ancestral", 8},
                                   {"pndm", 8 + 9},
                                   {"rhork", 3 * 8},
                                   {"rhork:tableau=rk4", 4 * 8},
                                   {"dpm:kind=inner", 2 * 8},
                                   {"dpmpp:kind=inner,order=3", 3 * 8},
                                   {"dpmpp:kind=single,order=3", 8},
                                   {"unipc:corrector=implicit", 2 * 8 - 1},
                                   {"unipc:corrector=off", 8},
                                   {"unipc+afs", 7}})
    EXPECT_EQ(evaluations(plan_of(spec)), cost) << spec;
}
TEST(Solvers, VariablesOfTheInterpolationAreThreeMethods) {
  EXPECT_NE(plan_hash(plan_of("deis:variable=time")), plan_hash(plan_of("deis:variable=rho")));
  EXPECT_NE(plan_hash(plan_of("deis:variable=logsnr")), plan_hash(plan_of("deis:variable=rho")));
  EXPECT_EQ(plan_hash(plan_of("lms")), plan_hash(plan_of("deis:variable=rho")));
  EXPECT_EQ(plan_hash(plan_of("res")), plan_hash(plan_of("dpmpp:variant=heun,lower=0")));
}
// ER-SDE ends with less noise than the reverse SDE: its last steps are nearly deterministic.
TEST(Solvers, ErSdeAddsLessNoiseThanThePosterior) {
  const auto noise = [](const std::string& spec) {
    const Plan plan = make_plan(spec, "karras", 8, Path::edm(), Head{});
    return plan.variant(6, std::min(6, plan.history)).moves[0].rows[0].noise;
  };
  EXPECT_GT(noise("er"), 0);
  EXPECT_LT(noise("er"), noise("ddpm"));
}

}  // namespace
}  // namespace ulam::solver_identities_test
