// Data of one point: D and eps are constant along a path, so every deterministic solver is exact at any N.
#include "support.h"

#include <gtest/gtest.h>

namespace ulam::one_point_test {
namespace {

constexpr double point = .7;

// A solver that is off here extrapolates, converts or starts up wrongly; ends at s = 0 give the point itself.
void expect_exact(const std::string& spec, const Path& path, const std::string& grid, int steps) {
  const auto model = std::make_shared<testing::MixtureModel>(path, Head{Prediction::data, .5},
                                                             std::vector<testing::Component>{{1, point, 0}});
  const Plan plan = make_plan(spec, grid, steps, path, model->info().head);
  const Marginal start = path.at(plan.times.front()), end = path.at(plan.times.back());
  if (stochastic(plan) && end.s > 0) return;
  const double x = .4 * start.s + point * start.a;
  const double got = testing::run_plan(model, plan, testing::column({x})).item<double>();
  // Values travel in the size of the noise, so that is what rounding is relative to. A Runge-Kutta step over
  // the whole path multiplies eps, whose rounding is that of x over s, by all of rho.
  const double rounding = plan.scratch > 0 ? 1e-6 : 1e-12;
  EXPECT_NEAR(got, end.a * point + end.s * .4, rounding * (1 + start.s))
      << spec << " " << path.json().dump() << " " << grid << " " << steps;
}

TEST(OnePoint, IsDrawnExactlyByEverySolver) {
  for (const Path& path : testing::all_paths())
    for (const std::string& spec : testing::all_specs())
      for (const int steps : {1, 3, 6}) expect_exact(spec, path, standard_grid(path), steps);
}
TEST(OnePoint, IsDrawnExactlyWithEveryEdit) {
  for (const Path& path : {Path::vp(), Path::edm(), Path::flow()})
    for (const std::string& host : testing::edit_hosts())
      for (const std::string& edit : testing::edit_specs())
        if (edit != "afs" && edit.rfind("timeshift", 0) != 0)  // these move the start, and every state
          expect_exact(host + "+" + edit, path, standard_grid(path), 6);
}
// With a clean end the last step gives D, whatever the order before.
TEST(OnePoint, CleanEndsGiveThePoint) {
  for (const std::string& spec : testing::all_specs()) expect_exact(spec, Path::vp(), "time2:final=clean", 5);
}

}  // namespace
}  // namespace ulam::one_point_test
