#include "ulam/path/betas.h"

#include "tests/path/paths.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::betas_test {
namespace {

TEST(Betas, LinearAndScaledLinearMeetTheirEndsExactly) {
  EXPECT_EQ(linear_betas(1000).front(), 1e-4);
  EXPECT_EQ(linear_betas(1000).back(), 0.02);
  EXPECT_NEAR(linear_betas(3, 0.1, 0.3)[1], 0.2, 1e-16);
  EXPECT_NEAR(scaled_linear_betas(1000).back(), 0.012, 1e-17);
  EXPECT_NEAR(scaled_linear_betas(3, 0.01, 0.09)[1], 0.04, 1e-16);
}

// The products of the cosine table are the cosine path where no beta is cut.
TEST(Betas, CosineTableMultipliesToTheCosinePath) {
  const std::vector<double> l = log_a_table(cosine_betas(100), false);
  for (int i : {0, 10, 50, 90})
    EXPECT_NEAR(l[i], std::log(Path::cosine(0.008, 0, 1).at((i + 1) / 100.0).a), 1e-12) << i;
  EXPECT_EQ(cosine_betas(1000).back(), 0.999);
}

TEST(Betas, ZeroTerminalTableKeepsTheFirstAndEndsInOne) {
  const std::vector<double> plain = scaled_linear_betas(1000), z = zero_terminal_betas(plain);
  EXPECT_NEAR(z.front(), plain.front(), 1e-18);
  EXPECT_EQ(z.back(), 1);
  // The algorithm as printed, in plain arithmetic.
  const std::vector<double> l = log_a_table(plain, false), lz = log_a_table(z, false);
  const double r0 = std::exp(l.front()), rT = std::exp(l.back());
  for (int i : {1, 500, 900, 998})
    EXPECT_NEAR(std::exp(lz[i]), (std::exp(l[i]) - rT) * r0 / (r0 - rT), 1e-13) << i;
}

// Rescaling an already rescaled table must change nothing, or a saved table would drift.
TEST(Betas, ZeroTerminalIsIdempotent) {
  const std::vector<double> once = zero_terminal_betas(linear_betas(200)), twice = zero_terminal_betas(once);
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_NEAR(once[i], twice[i], 1e-14);
}

TEST(Betas, BadTablesNameTheIndex) {
  EXPECT_NE(sentence_of([] { check_betas({0.1, std::nan("")}, "x"); }).find("betas[1]"), std::string::npos);
  EXPECT_NE(sentence_of([] { check_betas({0.1, 1, 0.1}, "x"); }).find("betas[1]"), std::string::npos);
  EXPECT_NE(sentence_of([] { check_betas({0, 0.1}, "x"); }).find("betas[0]"), std::string::npos);
  EXPECT_EQ(sentence_of([] { check_betas({0.1, 1}, "x"); }), "");
  EXPECT_NE(sentence_of([] { linear_betas(0); }), "");
  EXPECT_NE(sentence_of([] { cosine_betas(0); }), "");
  EXPECT_NE(sentence_of([] { log_a_table({0.1}, true); }), "");
}

}  // namespace
}  // namespace ulam::betas_test
