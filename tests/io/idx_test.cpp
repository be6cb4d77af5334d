#include "ulam/io/idx.h"

#include "tests/io/support.h"
#include <zlib.h>

namespace ulam::io::idx_test {
namespace {
using test::expect_error;
using test::TempFolder;

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int v : values) out += static_cast<char>(v);
  return out;
}

TEST(Idx, ReadsLabelsAndPicturesByTheirBigEndianSizes) {
  const Array labels = parse_idx(as_byte_view(bytes({0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 5})), "x");
  EXPECT_EQ(labels.shape, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(labels.bytes[0], std::byte{9});
  const Array pictures =
      parse_idx(as_byte_view(bytes({0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 7, 8})), "x");
  EXPECT_EQ(pictures.shape, (std::vector<std::int64_t>{1, 2, 1}));
}

TEST(Idx, RoundTripPlainAndGzipped) {
  const TempFolder folder;
  std::vector<std::uint8_t> values(300 * 2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i);
  const Array a = make_array<std::uint8_t>({300, 2, 1}, values);
  write_idx(folder / "a", a);
  EXPECT_EQ(read_idx(folder / "a").bytes, a.bytes);
  EXPECT_EQ(read_idx(folder / "a").shape, a.shape);
  const Bytes plain = read_file(folder / "a");
  gzFile packed = gzopen((folder / "a.gz").c_str(), "wb");
  ASSERT_NE(packed, nullptr);
  gzwrite(packed, plain.data(), static_cast<unsigned>(plain.size()));
  gzclose(packed);
  EXPECT_EQ(read_idx(folder / "a.gz").bytes, a.bytes);
}

TEST(Idx, EveryBrokenRuleIsNamed) {
  const struct {
    std::string bytes;
    std::vector<std::string> says;
  } bad[] = {
      {"", {"0 bytes", "magic"}},
      {bytes({0, 0, 8}), {"3 bytes"}},
      {bytes({1, 0, 8, 1, 0, 0, 0, 0}), {"01 00", "two zero bytes"}},
      {bytes({0x93, 'N', 'U', 'M'}), {"93 4e"}},
      {bytes({0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0}), {"element type 0d"}},
      {bytes({0, 0, 8, 0}), {"0 idx dimensions"}},
      {bytes({0, 0, 8, 5}), {"5 idx dimensions"}},
      {bytes({0, 0, 8, 3, 0, 0, 0, 1, 0, 0}), {"truncated", "16 bytes"}},
      {bytes({0, 0, 8, 1, 0, 0, 0, 3, 9, 0}), {"[3]", "3 bytes", "2 are there"}},
      {bytes({0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 5, 5}), {"4 are there"}},
      {bytes({0, 0, 8, 1, 255, 255, 255, 255, 1}), {"[4294967295]"}},
      {bytes({0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1}), {"overflows"}},
      {bytes({0, 0, 8, 4, 128, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0}), {"overflows"}},
  };
  for (const auto& row : bad) {
    SCOPED_TRACE(row.says[0]);
    auto says = row.says;
    says.push_back("x: ");
    expect_error(ErrorKind::file, says, [&] { parse_idx(as_byte_view(row.bytes), "x"); });
  }
}

TEST(Idx, WritingRefusesOtherDtypes) {
  const TempFolder folder;
  expect_error(ErrorKind::shape, {"f32"}, [&] { write_idx(folder / "a", make_array<float>({1}, {1.f})); });
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace ulam::io::idx_test
