#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::sims_test {
namespace {

// Whoever stops an experiment must not wait for it.
TEST(SimsReproduction, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_sims(context), Error);
}

}  // namespace
}  // namespace ulam::sims_test
