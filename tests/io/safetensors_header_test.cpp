#include "ulam/io/safetensors_header.h"

#include "tests/io/support.h"

namespace ulam::io::safetensors_header_test {
namespace {
using test::expect_error;

TEST(SafetensorsHeader, TensorsComeInTheOrderOfTheirBytes) {
  const auto header = parse_safetensors_header(
      R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},"a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}})",
      5, "x");
  ASSERT_EQ(header.tensors.size(), 2u);
  EXPECT_EQ(header.tensors[0].name, "a");
  EXPECT_EQ(header.tensors[0].dtype, Dtype::f32);
  EXPECT_TRUE(header.tensors[0].shape.empty());
  EXPECT_EQ(header.tensors[1].begin, 4u);
}

TEST(SafetensorsHeader, EmptyTensorsMayLieAnywhereTheCoverageAllows) {
  const auto header = parse_safetensors_header(
      R"({"e":{"dtype":"F64","shape":[3,0],"data_offsets":[1,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
      1, "x");
  EXPECT_EQ(header.tensors[1].name, "e");
}

TEST(SafetensorsHeader, NamesMayHoldAnyUnicodeAndPaddingMayFollow) {
  const auto header = parse_safetensors_header(
      "{\"\\u00e9\xf0\x9f\x98\x80\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}    ", 0, "x");
  EXPECT_EQ(header.tensors[0].name, "\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(SafetensorsHeader, DeepNestingIsRefusedWithoutRecursion) {
  const std::string deep = "{\"a\":" + std::string(5'000'000, '[');
  expect_error(ErrorKind::file, {"x: ", "'a' is a list"}, [&] { parse_safetensors_header(deep, 0, "x"); });
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  expect_error(ErrorKind::file, {"x: ", "tensor 'a'"}, [&] { parse_safetensors_header(objects, 0, "x"); });
}

TEST(SafetensorsHeader, EveryDtypeHasANameThatIsReadBack) {
  for (const Dtype dtype : {Dtype::u8, Dtype::i8, Dtype::i16, Dtype::i32, Dtype::i64, Dtype::f16, Dtype::bf16,
                            Dtype::f32, Dtype::f64, Dtype::boolean}) {
    const std::string text = fmt::format(R"({{"a":{{"dtype":"{}","shape":[1],"data_offsets":[0,{}]}}}})",
                                         safetensors_name(dtype), size_of(dtype));
    EXPECT_EQ(parse_safetensors_header(text, size_of(dtype), "x").tensors[0].dtype, dtype);
  }
}

}  // namespace
}  // namespace ulam::io::safetensors_header_test
