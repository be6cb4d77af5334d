#include "ulam/run/published.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/draw/recipe.h"
#include "ulam/path/grid.h"

namespace ulam::published_test {
namespace {

// Searches and pages go by this list: a name in it that does not parse would silently be left out of both.
TEST(Published, EveryCandidateIsASolverAndAGridThatEndWhereTheStandardGridEnds) {
  for (const Path& path : {Path::edm(), Path::vp(), Path::flow()}) {
    std::set<std::pair<std::string, std::string>> seen;
    const double end = make_grid(standard_grid(path), path, 4).back();
    for (const auto& [solver, grid] : published_candidates(path)) {
      EXPECT_NO_THROW(make_recipe(solver)) << solver;
      EXPECT_EQ(make_grid(grid.empty() ? standard_grid(path) : grid, path, 4).back(), end) << grid;
      EXPECT_TRUE(seen.insert({solver, grid}).second) << solver << ' ' << grid;
    }
    EXPECT_GT(seen.size(), path.json() == Path::flow().json() ? 30u : 60u);  // flow has its own grid alone
  }
}

}  // namespace
}  // namespace ulam::published_test
