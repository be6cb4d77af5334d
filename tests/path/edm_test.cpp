#include <cmath>

#include <gtest/gtest.h>

#include "ulam/path/path.h"

namespace ulam::edm_test {
namespace {

TEST(Edm, TimeIsTheNoiseLevel) {
  const Path p = Path::edm();
  for (double t : {0.0, 0.002, 1.0, 80.0}) {
    EXPECT_EQ(p.at(t).s, t);
    EXPECT_EQ(p.at(t).a, 1);
    EXPECT_EQ(p.at(t).da, 0);
    EXPECT_EQ(p.at(t).ds, 1);
    EXPECT_EQ(p.rho(t), t);
  }
  EXPECT_EQ(p.t_noise(), 80);
  EXPECT_EQ(p.t_data(), 0.002);
}

}  // namespace
}  // namespace ulam::edm_test
