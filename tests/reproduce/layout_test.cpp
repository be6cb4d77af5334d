#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::layout_test {
namespace {

// Whoever stops an experiment must not wait for it.
TEST(LayoutReproduction, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_layout(context), Error);
}

// It needs the shipped network, and says so where there is none.
TEST(LayoutReproduction, SaysThatItNeedsAModel) {
  try {
    reproduce_layout({});
    ADD_FAILURE() << "ran without a model";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

}  // namespace
}  // namespace ulam::layout_test
