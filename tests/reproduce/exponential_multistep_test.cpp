#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::exponential_multistep_test {
namespace {

// Whoever stops an experiment must not wait for it; its figures are checked by the long tests.
TEST(ExponentialMultistep, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_deis(context), Error);
  EXPECT_THROW(reproduce_pndm(context), Error);
}

}  // namespace
}  // namespace ulam::exponential_multistep_test
