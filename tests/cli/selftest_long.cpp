// The self-test as users run it, with the shipped model.
#include "tests/cli/support.h"
#include <chrono>
#include <cstdlib>

#include <nlohmann/json.hpp>

namespace ulam::cli::selftest_long {
namespace {

// Under 20 s on two cores; the shipped model is found, passes, and its batch sensitivity is a rounding, not
// zero by a comparison of a row with itself.
TEST(SelftestOfTheShippedModel, PassesInTimeWithCodeZero) {
  setenv("ULAM_MODELS", ULAM_SHIPPED_MODELS, 1);
  const cli_test::TemporaryFolder folder;
  const auto begun = std::chrono::steady_clock::now();
  const auto ran = cli_test::run_program(folder, {"selftest", "--json", "--quiet"});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_LT(seconds.count(), 20);
  const auto j = nlohmann::json::parse(ran.out);
  int found = 0;
  for (const auto& check : j.at("checks"))
    if (check.at("name") == "fashion/batch-64/worst") {
      ++found;
      EXPECT_GT(check.at("measured").get<double>(), 0);
      EXPECT_LT(check.at("measured").get<double>(), 1e-5);
    }
  EXPECT_EQ(found, 1);
}

}  // namespace
}  // namespace ulam::cli::selftest_long
