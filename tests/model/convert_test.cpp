#include "ulam/model/convert.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::convert_test {
namespace {

// Files would change numbers if a round trip changed a bit, a shape or a dtype.
TEST(Convert, RoundTripKeepsBitsOfEveryDtype) {
  for (const at::ScalarType type : {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf,
                                    at::kBFloat16, at::kFloat, at::kDouble, at::kBool}) {
    const at::Tensor t = at::arange(24, at::kDouble).view({2, 3, 4}).to(type);
    const at::Tensor back = to_tensor(to_array(t));
    EXPECT_EQ(back.scalar_type(), type);
    EXPECT_TRUE(at::equal(back, t));
  }
}

TEST(Convert, StridedTensorsAreWrittenInCOrder) {
  const at::Tensor t = at::arange(6, at::kFloat).view({2, 3}).t();
  EXPECT_EQ(to_array(t).shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_TRUE(at::equal(to_tensor(to_array(t)), t));
}

TEST(Convert, RefusesWhatFilesCannotHold) {
  EXPECT_THROW(to_array(at::zeros({2}, at::kComplexFloat)), Error);
  io::Array broken{io::Dtype::f32, {3}, std::vector<std::byte>(8)};
  EXPECT_THROW(to_tensor(broken), Error);
}

TEST(Convert, ShapeText) { EXPECT_EQ(shape_text({64, 1, 28}), "[64, 1, 28]"); }

TEST(Convert, PicturesAreGrayOrColoured) {
  EXPECT_TRUE(is_picture({1, 28, 28}));
  EXPECT_TRUE(is_picture({3, 8, 8}));
  EXPECT_FALSE(is_picture({2, 8, 8}));
  EXPECT_FALSE(is_picture({784}));
}

}  // namespace
}  // namespace ulam::convert_test
