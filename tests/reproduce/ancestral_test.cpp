#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::ancestral_test {
namespace {

// They take long (their figures are checked by the long tests): whoever stops them must not wait.
TEST(Ancestral, LongExperimentsStopWhenTheyAreCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_ddpm(context), Error);
  EXPECT_THROW(reproduce_ddim(context), Error);
}

}  // namespace
}  // namespace ulam::ancestral_test
