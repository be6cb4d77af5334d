#include "ulam/draw/solver_rows.h"

#include "support.h"
#include <set>

#include <gtest/gtest.h>

namespace ulam::solver_rows_test {
namespace {

TEST(SolverRows, NamesAndAliasesAreUnique) {
  std::set<std::string> names;
  for (const SolverEntry& entry : solver_rows()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    for (const std::string& alias : entry.aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
  }
}

TEST(SolverRows, HoldTheMethodsOfTheRoom) {
  std::set<std::string> names;
  for (const SolverEntry& entry : solver_rows()) names.insert(entry.name);
  for (const char* name : {"ddpm", "ddim", "euler", "heun", "midpoint", "rk4", "exp"})
    EXPECT_TRUE(names.count(name)) << name;
}

// The cost that the catalogue prints is the cost of the compiled plan.
TEST(SolverRows, CostFormulasAreTrue) {
  for (const SolverEntry& entry : solver_rows())
    for (const bool clean : {false, true}) {
      const int n = 7;
      const Plan plan =
          make_plan(entry.name, clean ? "karras:final=clean" : "karras:final=end", n, Path::edm(), Head{});
      if (entry.name == "pndm") {
        EXPECT_EQ(evaluations(plan), n + 9);
        continue;
      }
      const std::int64_t each = entry.cost[0] == 'N' ? 1 : entry.cost[0] - '0';
      EXPECT_EQ(evaluations(plan), each * n - (clean ? each - 1 : 0)) << entry.name;
    }
}

}  // namespace
}  // namespace ulam::solver_rows_test
