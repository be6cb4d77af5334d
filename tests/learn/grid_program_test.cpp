#include "ulam/learn/grid_program.h"

#include "tests/draw/support.h"
#include "tests/errors.h"
#include <limits>

#include <gtest/gtest.h>

namespace ulam::grid_program_test {
namespace {

using ulam::testing::run_plan;
using ulam::testing::tp1;

std::vector<std::uint64_t> numbers(int count, std::uint64_t first) {
  std::vector<std::uint64_t> out;
  for (int i = 0; i < count; ++i) out.push_back(first + static_cast<std::uint64_t>(i));
  return out;
}

// All subsets of a small grid, one by one: the program's is the cheapest.
TEST(GridProgram, IsTheMinimumOverAllSubsets) {
  const auto model = tp1();
  const Path& path = model->info().path;
  const std::vector<double> times = make_grid("time", path, 11);
  const Trajectories t = follow(Field(model), numbers(16, 0), {}, 1, times, 2, {});
  EXPECT_EQ(t.evaluations, 16 * 11 * 9);
  for (const int order : {1, 2}) {
    double least = std::numeric_limits<double>::infinity();
    for (unsigned mask = 0; mask < (1u << 10); ++mask) {
      if (__builtin_popcount(mask) != 3) continue;
      std::vector<double> chosen{times.front()};
      for (std::size_t k = 0; k < 10; ++k)
        if (mask & (1u << k)) chosen.push_back(times[k + 1]);
      chosen.push_back(times.back());
      least = std::min(least, cost_of_times(t, path, chosen, order));
    }
    const GridProgram best = best_times(t, path, 4, order);
    ASSERT_EQ(best.times.size(), 5u);
    EXPECT_NEAR(best.cost, least, 1e-12);
    EXPECT_NEAR(cost_of_times(t, path, best.times, order), least, 1e-12);
  }
}

// The states are the converged ones, and the times found beat the even grid that they were chosen from, on
// starts that were not looked at.
TEST(GridProgram, HelpsFreshSamples) {
  const auto model = tp1();
  const Path& path = model->info().path;
  const Trajectories t = follow(Field(model), numbers(64, 0), {}, 1, make_grid("time", path, 48), 2, {});
  const std::vector<std::uint64_t> fresh = numbers(200, 1000);
  const std::vector<std::int64_t> shape{1};
  const at::Tensor z = keyed_normal(1, Stream::start, fresh, 0, shape, at::kDouble) * path.at(1).s;
  const at::Tensor exact = run_plan(model, make_plan("rk4", "time2", 400, path, model->info().head), z);
  const at::Tensor same =
      keyed_normal(1, Stream::start, numbers(64, 0), 0, shape, at::kDouble) * path.at(1).s;
  EXPECT_LT((run_plan(model, make_plan("rk4", "time2", 400, path, model->info().head), same) - t.x.back())
                .abs()
                .max()
                .item<double>(),
            1e-3);
  for (const int order : {1, 2}) {
    const auto error = [&](const std::vector<double>& times) {
      const Plan plan = compile_plan(make_recipe(order == 1 ? "ddim" : "dpmpp:lower=1000"), times, path,
                                     model->info().head);
      return (run_plan(model, plan, z) - exact).square().mean().item<double>();
    };
    EXPECT_LT(error(best_times(t, path, 6, order).times), error(make_grid("time", path, 6)) / 2) << order;
  }
}

TEST(GridProgram, BadRequestsAreRefused) {
  const auto model = tp1();
  const Path& path = model->info().path;
  const Trajectories t = follow(Field(model), numbers(2, 0), {}, 1, {1, .5, .001}, 1, {});
  ulam::testing::expect_error(ErrorKind::option, {"3 steps", "1 to 2"}, [&] { best_times(t, path, 3, 1); });
  ulam::testing::expect_error(ErrorKind::option, {"order 3"}, [&] { best_times(t, path, 1, 3); });
  ulam::testing::expect_error(ErrorKind::option, {"is not a time"}, [&] {
    cost_of_times(t, path, {1, .3, .001}, 1);
  });
  CancelToken token;
  token.cancel();
  Watch watch;
  watch.cancel = &token;
  EXPECT_TRUE(follow(Field(model), numbers(2, 0), {}, 1, {1, .5, .001}, 1, watch).x.empty());
}

}  // namespace
}  // namespace ulam::grid_program_test
