// Every reproduction, held to the rules of the frame; what the papers say is judged by the findings
// themselves.
#include "ulam/reproduce/catalogue.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/draw/recipe.h"

namespace ulam::catalogue_test {
namespace {

TEST(Reproductions, EverySolverHasOne) {
  for (const SolverEntry& solver : solvers())
    EXPECT_NO_THROW(find_entry(reproductions(), solver.name, "test")) << solver.name;
}

TEST(Reproductions, UnknownNamesGetTheNearest) {
  try {
    reproduce("heum", {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("heun"), std::string::npos);
  }
}

// Comparisons at equal ledgers: no method may be given more evaluations than the baseline that it beats.
void check_rules(const Reproduction& r) {
  EXPECT_FALSE(r.findings.empty()) << r.method;
  EXPECT_GT(r.spent.evaluations, 0) << r.method;
  for (const Finding& f : r.findings) {
    for (const std::string& text : {f.claim, f.setting, f.baseline, f.why, f.measured.error_by})
      EXPECT_FALSE(text.empty()) << r.method << ": " << f.claim;
    EXPECT_GT(f.evaluations, 0) << f.claim;
    const bool about_steps = f.claim.find("many steps") != std::string::npos;
    if (f.baseline_evaluations > 0 && !about_steps) {
      EXPECT_LE(f.evaluations, f.baseline_evaluations) << f.claim;
    }
  }
}

TEST(Reproductions, QuickOnesKeepTheRulesAndAreShown) {
  for (const char* name : {"euler", "heun", "midpoint", "rk4", "exp"}) {
    const Reproduction r = reproduce(name, {});
    check_rules(r);
    for (const Finding& f : r.findings)
      EXPECT_EQ(f.verdict, Verdict::shown) << name << ": " << f.claim << " " << f.why;
  }
}

TEST(Reproductions, TheSeedDecidesTheFigures) {
  ReproductionContext other;
  other.seed = 5;
  const double a = reproduce("euler", {}).findings[0].measured.value;
  EXPECT_EQ(a, reproduce("euler", {}).findings[0].measured.value);
  EXPECT_NE(a, reproduce("euler", other).findings[0].measured.value);
}

}  // namespace
}  // namespace ulam::catalogue_test
