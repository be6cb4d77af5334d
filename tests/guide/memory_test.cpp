#include "ulam/guide/memory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::memory_test {
namespace {

TEST(TermMemory, ANameHoldsItsLatestRows) {
  TermMemory m;
  EXPECT_FALSE(recall(m, "0.a").defined());
  remember(m, "0.a", at::ones({2}));
  remember(m, "1.a", at::zeros({2}));
  remember(m, "0.a", at::full({2}, 3));
  EXPECT_EQ(m.size(), 2u);
  EXPECT_EQ(recall(m, "0.a").sum().item<double>(), 6);
  EXPECT_EQ(recall(m, "1.a").sum().item<double>(), 0);
}

}  // namespace
}  // namespace ulam::memory_test
