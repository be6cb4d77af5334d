#include "ulam/io/npy.h"

#include "tests/io/support.h"
#include <numeric>

namespace ulam::io::npy_test {
namespace {
using test::expect_error;
using test::TempFolder;
using Shape = std::vector<std::int64_t>;

std::string with_head(const std::string& dictionary, const std::string& data, int version = 1) {
  std::string out = "\x93NUMPY";
  out += {static_cast<char>(version), '\0', static_cast<char>(dictionary.size()),
          static_cast<char>(dictionary.size() >> 8)};
  if (version > 1) out += {'\0', '\0'};
  return out + dictionary + data;
}
std::string dictionary(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}
std::string simple(const std::string& descr, const std::string& shape, const std::string& data) {
  return with_head(dictionary(descr, "False", shape), data);
}
Array parse(const std::string& text) { return parse_npy(as_byte_view(text), "x"); }

TEST(Npy, EveryDtypeAndShapeSurvivesARoundTrip) {
  const TempFolder folder;
  for (const Dtype dtype : {Dtype::u8, Dtype::i8, Dtype::i16, Dtype::i32, Dtype::i64, Dtype::f16, Dtype::f32,
                            Dtype::f64, Dtype::boolean})
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{5}, Shape{2, 3}, Shape{4, 0, 2}, Shape{2, 1, 3, 2}}) {
      Array a{dtype, shape, {}};
      a.bytes.resize(*checked_byte_count(dtype, shape));
      for (std::size_t i = 0; i < a.bytes.size(); ++i)
        a.bytes[i] = static_cast<std::byte>(dtype == Dtype::boolean ? i % 2 : i * 7);
      write_npy(folder / "a", a);
      const Array b = read_npy(folder / "a");
      EXPECT_EQ(b.dtype, dtype);
      EXPECT_EQ(b.shape, shape);
      EXPECT_EQ(b.bytes, a.bytes);
      EXPECT_EQ(read_file(folder / "a"), serialise_npy(a));
    }
}

TEST(Npy, TheHeadIsTheOneThatNumpyDocuments) {
  const Bytes bytes = serialise_npy(make_array<float>({3}, {1, 2, 3}));
  EXPECT_EQ(bytes.size(), 128u + 12u);
  EXPECT_EQ(as_text(bytes).substr(0, 10), std::string_view("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(as_text(bytes).substr(10, 58), "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } ");
  EXPECT_EQ(as_text(bytes)[127], '\n');
}

TEST(Npy, FortranOrderBecomesCOrderInAnyDimension) {
  // Element (i, j, k) of shape [2, 3, 4] holds 12 i + 4 j + k; in Fortran order the first index runs fastest.
  std::string data;
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) data += {static_cast<char>(12 * i + 4 * j + k), '\0'};
  const Array a = parse(with_head(dictionary("<i2", "True", "(2, 3, 4)"), data));
  const auto* values = reinterpret_cast<const std::int16_t*>(a.bytes.data());
  for (int n = 0; n < 24; ++n) EXPECT_EQ(values[n], n);
  EXPECT_EQ(a.shape, (Shape{2, 3, 4}));
  EXPECT_TRUE(parse(with_head(dictionary("<i2", "True", "(2, 0, 4)"), "")).bytes.empty());
}

TEST(Npy, VersionsTwoAndThreeAndOddSpellingsAreRead) {
  EXPECT_EQ(parse(with_head(dictionary("|u1", "False", "(2,)"), "ab", 2)).shape, Shape{2});
  EXPECT_EQ(parse(with_head(dictionary("|u1", "False", "(2,)"), "ab", 3)).shape, Shape{2});
  EXPECT_EQ(parse(with_head("{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"|u1\"}", "ab")).shape,
            (Shape{1, 2}));
}

TEST(Npy, EveryBrokenRuleIsNamedFromMemoryAndFromDisk) {
  const std::string big = "9223372036854775807";
  const std::string long_shape = [] {
    std::string s = "(";
    for (int i = 0; i < 33; ++i) s += "1,";
    return s + ")";
  }();
  std::string huge_head("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
  const struct {
    std::string bytes, says;
  } bad[] = {
      {"", "magic"},
      {"\x93NUMPY", "magic"},
      {"not numpy at all", "magic"},
      {std::string("\x80\x04\x95pickle....", 14), "magic"},
      {with_head(dictionary("|u1", "False", "(1,)"), "a", 4), "npy version 4.0"},
      {with_head(dictionary("|u1", "False", "(1,)"), "a", 0), "npy version 0.0"},
      {huge_head, "4294967295"},
      {simple("|u1", "(1,)", "a").substr(0, 40), "passes the end of the file"},
      {simple("|O", "(1,)", "a"), "Python objects"},
      {simple(">f4", "(1,)", "abcd"), "big-endian"},
      {simple("<f16", "(1,)", std::string(16, 'a')), "dtype '<f16'"},
      {simple("<U4", "(1,)", std::string(16, 'a')), "dtype '<U4'"},
      {with_head("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "abcd"), "structures"},
      {with_head("", "abcd"), "'{' is needed"},
      {with_head("{}", ""), "no descr"},
      {with_head("{'descr': '|u1', 'shape': (1,)}", "a"), "no fortran_order"},
      {with_head("{'descr': '|u1', 'fortran_order': False}", "a"), "no shape"},
      {with_head("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", "a"), "twice"},
      {with_head("{'x': '|u1'}", "a"), "key 'x'"},
      {with_head("{'descr': '|u1", "a"), "no end"},
      {with_head("{'descr': '\\x7c'}", "a"), "escapes"},
      {with_head(dictionary("|u1", "0", "(1,)"), "a"), "True or False"},
      {simple("|u1", "(1)", "a"), "(n,)"},
      {simple("|u1", "[1]", "a"), "'(' is needed"},
      {simple("|u1", "(-1,)", "a"), "non-negative integer"},
      {simple("|u1", "(1.0,)", "a"), "')' is needed"},
      {simple("|u1", "(x,)", "a"), "non-negative integer"},
      {simple("|u1", "(99999999999999999999,)", "a"), "non-negative integer"},
      {simple("|u1", long_shape, "a"), "32 dimensions"},
      {simple("<f8", "(" + big + "," + big + ")", "a"), "overflows"},
      {simple("|u1", "(" + big + ",)", "a"), "1 are there"},
      {with_head(dictionary("|u1", "False", "(1,)") + "x", "a"), "after the dictionary"},
      {simple("<f4", "(2,)", "abcd"), "needs 8 bytes of data but 4"},
      {simple("<f4", "(1,)", "abcde"), "needs 4 bytes of data but 5"},
      {simple("|b1", "(1,)", "\x05"), "byte 5"},
  };
  const TempFolder folder;
  for (const auto& row : bad) {
    SCOPED_TRACE(row.says);
    expect_error(ErrorKind::file, {"x: ", row.says}, [&] { parse(row.bytes); });
    write_file_atomic(folder / "a", row.bytes);
    expect_error(ErrorKind::file, {folder / "a", row.says}, [&] { read_npy(folder / "a"); });
  }
}

TEST(Npy, EveryTruncationIsRefused) {
  const Bytes whole = serialise_npy(make_array<float>({2}, {1, 2}));
  for (std::size_t length = 0; length < whole.size(); ++length)
    expect_error(ErrorKind::file, {"x: "}, [&] { parse_npy(ByteView(whole).first(length), "x"); });
}

TEST(Npy, WritingRefusesWhatNumpyLacks) {
  const TempFolder folder;
  expect_error(ErrorKind::unsupported, {"bf16"}, [&] {
    write_npy(folder / "a", Array{Dtype::bf16, {0}, {}});
  });
  expect_error(ErrorKind::shape, {"33 dimensions"}, [&] {
    write_npy(folder / "a", Array{Dtype::u8, Shape(33, 1), Bytes(1)});
  });
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace ulam::io::npy_test
