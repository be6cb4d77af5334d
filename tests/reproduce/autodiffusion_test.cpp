#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::autodiffusion_test {
namespace {

// Whoever stops an experiment must not wait for it; its figures are checked by the long tests.
TEST(AutoDiffusionReproduction, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_autodiffusion(context), Error);
}

}  // namespace
}  // namespace ulam::autodiffusion_test
