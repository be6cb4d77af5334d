#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::pag_test {
namespace {

// Whoever stops an experiment must not wait for it.
TEST(PagReproduction, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_pag(context), Error);
}

}  // namespace
}  // namespace ulam::pag_test
