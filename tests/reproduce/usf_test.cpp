#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::usf_test {
namespace {

// Whoever stops an experiment must not wait for it; its figures are checked by the long tests.
TEST(UsfReproduction, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_usf(context), Error);
}

}  // namespace
}  // namespace ulam::usf_test
