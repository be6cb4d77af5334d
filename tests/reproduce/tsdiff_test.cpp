#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::tsdiff_test {
namespace {

// The experiment takes minutes; that it stops when it is told to, at once, is seen here.
TEST(ReproduceTsdiff, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_tsdiff(context), Error);
}

}  // namespace
}  // namespace ulam::tsdiff_test
