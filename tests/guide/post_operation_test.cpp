#include "ulam/guide/post_operation.h"

#include "tests/errors.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::post_operation_test {
namespace {

using testing::expect_error;

// A record holds the text; what it reads back must be the same operations.
TEST(PostOperation, SpecsReadBackAsTheyWereWritten) {
  for (const char* text : {"threshold:quantile=0.995,floor=1,cap=0", "clip", "clip:low=0", "clip:high=2",
                           "clip:low=-1.5,high=2", "threshold:quantile=0.9,floor=2,cap=3+clip"})
    EXPECT_EQ(text_of(make_post_operations(text)), text);
  EXPECT_EQ(text_of(make_post_operations("dynamic_thresholding")), "threshold:quantile=0.995,floor=1,cap=0");
  EXPECT_EQ(text_of(make_post_operations("")), "");
}

TEST(PostOperation, OrderIsKept) {
  const PostOperations both = make_post_operations("clip+threshold+clip:low=0");
  ASSERT_EQ(both.size(), 3u);
  EXPECT_EQ(both[0]->spec(), "clip");
  EXPECT_EQ(both[2]->spec(), "clip:low=0");
}

// One row a rule.
TEST(PostOperation, BadTextIsOneClearSentence) {
  for (const auto& [text, part] :
       std::vector<std::pair<const char*, const char*>>{{"treshold", "threshold"},
                                                        {"threshold:quantil=0.5", "quantile"},
                                                        {"threshold:quantile=2", "quantile"},
                                                        {"threshold:floor=2,cap=1", "at least floor"},
                                                        {"clip:low=nan", "low"},
                                                        {"clip+", "--post"},
                                                        {"+clip", "--post"}})
    expect_error(ErrorKind::option, {part}, [t = text] { make_post_operations(t); });
}

}  // namespace
}  // namespace ulam::post_operation_test
