#include "ulam/cli/threads.h"

#include <cstdlib>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace ulam::cli::threads_test {
namespace {

TEST(Threads, NeverMoreThanCoresAndLibtorchFollows) {
  const int cores = available_cores();
  EXPECT_GE(cores, 1);
  EXPECT_EQ(use_threads(cores + 100), cores);
  EXPECT_EQ(at::get_num_threads(), cores);
  EXPECT_EQ(use_threads(1), 1);
  EXPECT_EQ(at::get_num_threads(), 1);
}

TEST(Threads, TheEnvironmentDecidesWhenNothingIsAsked) {
  setenv("OMP_NUM_THREADS", "1", 1);
  EXPECT_EQ(use_threads(0), 1);
  unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(use_threads(0), available_cores());
}

}  // namespace
}  // namespace ulam::cli::threads_test
