#include "ulam/model/in_parallel.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace ulam::in_parallel_test {
namespace {

// A piece that is left out would be a tensor of zeros in a loaded network.
TEST(InParallel, EveryPieceIsDoneOnce) {
  for (const std::size_t count : {0, 1, 7, 1000}) {
    std::vector<std::atomic<int>> done(count);
    in_parallel(count, [&](std::size_t i) { ++done[i]; });
    for (const auto& times : done) EXPECT_EQ(times, 1);
  }
}

// A damaged tensor must stop the loading, whichever thread reads it.
TEST(InParallel, AnExceptionReachesTheCaller) {
  EXPECT_THROW(in_parallel(100,
                           [](std::size_t i) {
                             if (i == 63) throw std::runtime_error("63");
                           }),
               std::runtime_error);
}

}  // namespace
}  // namespace ulam::in_parallel_test
