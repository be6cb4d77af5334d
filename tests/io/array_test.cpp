#include "ulam/io/array.h"

#include "tests/io/support.h"
#include <limits>

namespace ulam::io::array_test {
namespace {
using test::expect_error;

constexpr std::int64_t big = std::numeric_limits<std::int64_t>::max();

TEST(Array, CountOfAScalarIsOneAndOfAnEmptyShapeZero) {
  EXPECT_EQ(Array{}.count(), 1);
  EXPECT_EQ((Array{Dtype::f32, {3, 0, 5}, {}}.count()), 0);
  EXPECT_EQ((Array{Dtype::f64, {3, 4}, {}}.count()), 12);
}

TEST(Array, ByteCountRefusesNegativeExtentsAndOverflow) {
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(checked_byte_count(Dtype::u8, Shape{big}), static_cast<std::uint64_t>(big));
  EXPECT_FALSE(checked_byte_count(Dtype::i16, Shape{big}));
  EXPECT_FALSE(checked_byte_count(Dtype::u8, Shape{std::int64_t{1} << 32, std::int64_t{1} << 31}));
  EXPECT_FALSE(checked_byte_count(Dtype::u8, Shape{-1}));
  EXPECT_FALSE(checked_byte_count(Dtype::u8, Shape{0, -1}));
  // A zero extent makes the product 0 even where the others overflow.
  EXPECT_EQ(checked_byte_count(Dtype::u8, Shape{big, big, 0}), 0u);
}

TEST(Array, MakeArrayKeepsValuesAndRefusesAnotherCount) {
  const Array a = make_array<std::int16_t>({2, 2}, {1, -2, 3, 4});
  EXPECT_EQ(a.dtype, Dtype::i16);
  EXPECT_EQ(reinterpret_cast<const std::int16_t*>(a.bytes.data())[1], -2);
  expect_error(ErrorKind::shape, {"[3]", "12 bytes", "8"}, [] { make_array<float>({3}, {1.f, 2.f}); });
}

TEST(Array, OnlyZeroAndOneAreBooleans) {
  Array a{Dtype::boolean, {2}, {std::byte{0}, std::byte{1}}};
  EXPECT_NO_THROW(check_booleans(a, "x"));
  a.bytes[1] = std::byte{2};
  expect_error(ErrorKind::file, {"x: ", "byte 2", "0 and 1"}, [&] { check_booleans(a, "x"); });
}

TEST(Array, FindGivesTheNamedArrayOrNull) {
  ArrayFile file;
  file.arrays.emplace_back("a", make_array<float>({1}, {2.f}));
  EXPECT_EQ(file.find("a"), &file.arrays[0].second);
  EXPECT_EQ(file.find("b"), nullptr);
}

}  // namespace
}  // namespace ulam::io::array_test
