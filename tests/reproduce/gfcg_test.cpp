#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::gfcg_test {
namespace {

// Whoever stops an experiment must not wait for it.
TEST(GfcgReproduction, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_gfcg(context), Error);
}

}  // namespace
}  // namespace ulam::gfcg_test
