// The verdict is what the numbers say, not what the author hopes.
#include "ulam/reproduce/finding.h"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::finding_test {
namespace {

Finding with(double expected, double expected_error, double measured, double measured_error) {
  Finding f;
  f.expected.value = expected;
  f.expected.error = expected_error;
  f.measured.value = measured;
  f.measured.error = measured_error;
  return f;
}

TEST(Finding, SmallerNeedsTwoStandardErrors) {
  EXPECT_EQ(smaller(with(1, .1, .5, .1)).verdict, Verdict::shown);
  EXPECT_EQ(smaller(with(1, .1, .8, .1)).verdict, Verdict::partly);
  EXPECT_EQ(smaller(with(1, .1, 1.1, .1)).verdict, Verdict::not_shown);
  EXPECT_EQ(smaller(with(1, 0, 1, 0)).verdict, Verdict::not_shown);
}

TEST(Finding, EqualAllowsToleranceAndErrors) {
  EXPECT_EQ(equal(with(2, 0, 2.1, .01), .1).verdict, Verdict::shown);
  EXPECT_EQ(equal(with(2, 0, 2.2, .01), .1).verdict, Verdict::partly);
  EXPECT_EQ(equal(with(2, 0, 1, .01), .1).verdict, Verdict::not_shown);
}

TEST(Finding, BoundsAreBounds) {
  EXPECT_EQ(at_most(with(1e-12, 0, 1e-13, 0)).verdict, Verdict::shown);
  EXPECT_EQ(at_most(with(1e-12, 0, 1e-11, 0)).verdict, Verdict::not_shown);
}

// NaN compares false with everything: it must not slip through as a success.
TEST(Finding, NothingIsShownByNan) {
  EXPECT_EQ(smaller(with(1, 0, NAN, 0)).verdict, Verdict::not_shown);
  EXPECT_EQ(smaller(with(1, NAN, .1, 0)).verdict, Verdict::not_shown);
  EXPECT_EQ(equal(with(1, INFINITY, .1, 0), 1).verdict, Verdict::not_shown);
  EXPECT_EQ(at_most(with(1, 0, NAN, 0)).verdict, Verdict::not_shown);
}

TEST(Finding, AReproductionIsNoBetterThanItsFindings) {
  Reproduction r;
  EXPECT_EQ(r.verdict(), Verdict::not_shown);
  r.findings = {smaller(with(1, 0, .5, 0)), smaller(with(1, 0, .5, 0))};
  EXPECT_EQ(r.verdict(), Verdict::shown);
  r.findings.push_back(smaller(with(1, 0, 2, 0)));
  EXPECT_EQ(r.verdict(), Verdict::partly);
  r.findings = {smaller(with(1, 0, 2, 0))};
  EXPECT_EQ(r.verdict(), Verdict::not_shown);
}

TEST(Finding, TableAndJsonHoldBothFigures) {
  Reproduction r{"toy", "Somebody 2020", {smaller(with(1, .1, .5, .1))}, {}};
  EXPECT_EQ(reproduction_table(r).size(), 2u);
  EXPECT_EQ(reproduction_table(r)[1][4], "0.50 +- 0.10");
  const nlohmann::json j = reproduction_json(r);
  EXPECT_EQ(j["verdict"], "shown");
  EXPECT_EQ(j["findings"][0]["expected"]["value"], 1);
}

}  // namespace
}  // namespace ulam::finding_test
