#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::minority_test {
namespace {

// Whoever stops an experiment must not wait for it.
TEST(MinorityReproduction, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_minority(context), Error);
}

}  // namespace
}  // namespace ulam::minority_test
