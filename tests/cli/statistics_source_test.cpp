#include "ulam/cli/statistics_source.h"

#include "tests/cli/support.h"
#include "tests/errors.h"

#include <gtest/gtest.h>

namespace ulam::cli::statistics_source_test {
namespace {

TEST(StatisticsSource, AProblemsMomentsAreItsOwn) {
  const GaussianSetPtr set = statistics_of(open_model("tp1", {}, {}));
  // tp1: means -1, .4, 1.5 with weights .5, .3, .2 and variances .04, .25, .09.
  EXPECT_NEAR(set->all.mean.item<double>(), -.08, 1e-12);
  EXPECT_NEAR(set->all.values.item<double>(), .5 * 1.04 + .3 * .41 + .2 * 2.34 - .0064, 1e-12);
}

}  // namespace
}  // namespace ulam::cli::statistics_source_test
