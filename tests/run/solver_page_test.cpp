#include "ulam/run/solver_page.h"

#include "tests/errors.h"

#include <gtest/gtest.h>

#include "ulam/path/grid.h"
#include "ulam/problems/read_problem.h"

namespace ulam::solver_page_test {
namespace {

CompareResult results() {
  CompareResult r;
  r.names = {"ddim", "heun", "heun, grid logsnr", "tuned-4"};
  const auto add = [&](std::size_t contender, int budget, double value) {
    CompareCell& cell = r.cells.emplace_back();
    cell.contender = contender;
    cell.budget = budget;
    cell.evaluations = budget;
    if (value > 0) cell.figures = {{"trajectory", value, 0.01, "", 8, ""}};
  };
  add(0, 4, 0.5), add(0, 8, 0.25);
  add(1, 4, 0), add(1, 8, 0.2);
  add(2, 4, 0.4), add(2, 8, 0.3);
  add(3, 4, 0.1);
  return r;
}
std::vector<Contender> contenders() {
  return {{"ddim", {}, "ddim", "", {}},
          {"heun", {}, "heun", "", {}},
          {"heun, grid logsnr", {}, "heun", "logsnr", {}},
          {"tuned-4", {}, "", "", Plan{}}};
}

// The page claims that each solver stands with the best of its grids, and a plan beside the best of all.
TEST(SolverPage, TablesTakeTheBestGridAndSetPlansBesideTheBestSolver) {
  const std::string page = solver_tables(results(), contenders());
  EXPECT_NE(page.find("| `heun` | **0.400 +- 0.010** | **0.200 +- 0.010** |\n| `ddim` | 0.500 +- 0.010 |"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("Best at 4: `heun, grid logsnr`; 8: `heun`."), std::string::npos) << page;
  EXPECT_NE(page.find("| tuned-4 | 4 | 0.100 +- 0.010 | 0.400 +- 0.010 | 0.25 | 0.200 +- 0.010 | 0.50 |"),
            std::string::npos)
      << page;
}

TEST(SolverPage, AComparisonWithoutTrajectoriesIsASentence) {
  CompareResult empty = results();
  for (CompareCell& cell : empty.cells) cell.figures.clear();
  testing::expect_error(ErrorKind::option, {"without noise"}, [&] { solver_tables(empty, contenders()); });
}

// They must share one reference, and that of the standard grid: other ends are other problems.
TEST(SolverPage, PublishedSolversEndWhereTheStandardGridEnds) {
  for (const char* problem : {"tp1", "ring", "ring:path=flow,head=flow"}) {
    const ModelPtr model = named_problem(problem);
    const Path& path = model->info().path;
    const std::vector<Contender> all = published_contenders(model);
    EXPECT_GT(all.size(), 30u);
    for (const Contender& c : all)
      EXPECT_EQ(make_plan(c.solver, c.grid, 5, path, model->info().head).times.back(),
                make_grid(standard_grid(path), path, 5).back())
          << problem << ' ' << c.name;
  }
}

}  // namespace
}  // namespace ulam::solver_page_test
