#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::dpm_solvers_test {
namespace {

// Whoever stops an experiment must not wait for it; its figures are checked by the long tests.
TEST(DpmSolvers, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_dpmpp(context), Error);
  EXPECT_THROW(reproduce_unipc(context), Error);
}

}  // namespace
}  // namespace ulam::dpm_solvers_test
