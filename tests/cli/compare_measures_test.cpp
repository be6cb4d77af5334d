#include "ulam/cli/compare_measures.h"

#include "support.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam::cli::compare_measures_test {
namespace {

ComparedTo to(const std::string& data, const std::string& what) {
  ComparedTo c;
  c.data = data;
  c.what = what;
  c.count = 300;
  return c;
}

// Draws that are exact samples lie at the floor; draws that are all one point far above it.
TEST(CompareMeasures, TellsGoodDrawsFromBadOnes) {
  ComparedTo options = to("ring", "sliced");
  options.floor = "ring";
  const RealData real = real_data(options);
  ASSERT_EQ(real.floor.size(), 1u);
  const auto bad = real.measure(at::zeros({300, 2}, at::kDouble), "zeros");
  ASSERT_EQ(bad.size(), 1u);
  EXPECT_GT(bad[0].value, 5 * real.floor[0].value);
  EXPECT_EQ(bad[0].rows, 300);
}

TEST(CompareMeasures, WithoutAFloorThereIsNone) {
  EXPECT_TRUE(real_data(to("ring", "sliced")).floor.empty());
}

TEST(CompareMeasures, MeasuresThatNeedPairsAreRefused) {
  EXPECT_THROW(real_data(to("ring", "trajectory")), Error);
  EXPECT_THROW(real_data(to("ring", "nothing")), Error);
}

}  // namespace
}  // namespace ulam::cli::compare_measures_test
