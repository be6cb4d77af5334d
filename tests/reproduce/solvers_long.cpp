// The experiments of the fast solvers and their edits: what their pages say was shown and what was not.
#include <algorithm>

#include <gtest/gtest.h>

#include "ulam/reproduce/methods.h"

namespace ulam::solvers_long {
namespace {

// All shown but those whose claim begins with one of `open`.
void check(const Reproduction& r, const std::vector<std::string>& open = {}) {
  EXPECT_GT(r.findings.size(), 3u);
  EXPECT_GT(r.spent.evaluations, 0);
  for (const Finding& f : r.findings) {
    const bool is_open = std::any_of(open.begin(), open.end(),
                                     [&](const std::string& text) { return f.claim.starts_with(text); });
    if (!is_open) {
      EXPECT_EQ(f.verdict, Verdict::shown)
          << r.method << ": " << f.claim << " " << f.measured.value << " " << f.why;
    }
  }
}

TEST(SolversLong, StatisticalDeis) { check(reproduce_deis({})); }
TEST(SolversLong, StatisticalPndm) { check(reproduce_pndm({})); }
TEST(SolversLong, StatisticalDpmpp) { check(reproduce_dpmpp({})); }
// At 6 and 8 steps the lead over dpmpp is within the errors of 200 starts.
TEST(SolversLong, StatisticalUnipc) { check(reproduce_unipc({}), {"Better than DPM-Solver++"}); }
TEST(SolversLong, StatisticalDualFast) { check(reproduce_dualfast({})); }
TEST(SolversLong, StatisticalMomentum) { check(reproduce_momentum({})); }
TEST(SolversLong, StatisticalCompensation) { check(reproduce_dc({})); }
// At 20 steps of the test problem the corrector makes no difference.
TEST(SolversLong, StatisticalSa) { check(reproduce_sa({}), {"The corrector helps"}); }
TEST(SolversLong, StatisticalEr) { check(reproduce_er({})); }

}  // namespace
}  // namespace ulam::solvers_long
