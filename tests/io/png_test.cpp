#include "ulam/io/png.h"

#include "tests/io/support.h"

#include "ulam/io/zip.h"

namespace ulam::io::png_test {
namespace {
using test::expect_error;
using test::TempFolder;

std::string big_endian(std::uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
          static_cast<char>(v)};
}
std::string chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data +
         big_endian(crc32_of(as_byte_view(type + data)));
}
const std::string signature = "\x89PNG\r\n\x1a\n";
std::string head(std::uint32_t width, std::uint32_t height, int depth, int colour) {
  return chunk("IHDR", big_endian(width) + big_endian(height) +
                           std::string{static_cast<char>(depth), static_cast<char>(colour), 0, 0, 0});
}
/// Rows (each with its filter byte) in one stored deflate block.
std::string stored(const std::string& rows) {
  std::uint32_t a = 1, b = 0;
  for (const char c : rows) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const auto n = static_cast<std::uint16_t>(rows.size());
  std::string z = "\x78\x01\x01";
  z += {static_cast<char>(n), static_cast<char>(n >> 8), static_cast<char>(~n), static_cast<char>(~n >> 8)};
  return chunk("IDAT", z + rows + big_endian(b << 16 | a));
}
const std::string end = chunk("IEND", "");
Png parse(const std::string& text) { return parse_png(as_byte_view(text), "x"); }
std::vector<int> values(const Array& a) {
  std::vector<int> out;
  for (const std::byte b : a.bytes) out.push_back(std::to_integer<int>(b));
  return out;
}

Array ramp(std::vector<std::int64_t> shape) {
  Array a{Dtype::u8, std::move(shape), {}};
  a.bytes.resize(static_cast<std::size_t>(a.count()));
  for (std::size_t i = 0; i < a.bytes.size(); ++i) a.bytes[i] = static_cast<std::byte>(i * 37);
  return a;
}

TEST(PngFile, GrayAndRgbSurviveARoundTripWithTheirTexts) {
  const TempFolder folder;
  const std::map<std::string, std::string> text = {{"recipe", "ddim:eta=0"},
                                                   {"empty", ""},
                                                   {"unicode", "\xce\xb1\xce\xb2"},
                                                   {"long", std::string(5000, 'r')},
                                                   {"long unicode", std::string(2000, 'r') + "\xc3\xa9"}};
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{1, 1}, {5, 3}, {4, 7, 3}}) {
    const Array image = ramp(shape);
    write_png(folder / "a.png", image, text);
    const Png back = read_png(folder / "a.png");
    EXPECT_EQ(back.image.shape, image.shape);
    EXPECT_EQ(back.image.bytes, image.bytes);
    EXPECT_EQ(back.text, text);
  }
}

TEST(PngFile, EqualContentGivesEqualBytesWithoutATimeChunk) {
  const Png picture{ramp({9, 9}), {{"seed", "1"}}};
  EXPECT_EQ(serialise_png(picture), serialise_png(picture));
  EXPECT_EQ(as_text(serialise_png(picture)).find("tIME"), std::string_view::npos);
}

TEST(PngFile, ReadsEveryKindOfPixelInto8Bits) {
  using V = std::vector<int>;
  const auto picture = [](int depth, int colour, const std::string& rows, const std::string& between = "") {
    return parse(signature + head(2, 1, depth, colour) + between + stored(rows) + end).image;
  };
  EXPECT_EQ(values(picture(8, 0, std::string("\0\x05\xfa", 3))), (V{5, 250}));
  EXPECT_EQ(values(picture(1, 0, std::string("\0\x40", 2))), (V{0, 255}));
  EXPECT_EQ(values(picture(16, 0, std::string("\0\xff\xff\0\0", 5))), (V{255, 0}));
  EXPECT_EQ(values(picture(8, 2, std::string("\0\1\2\3\4\5\6", 7))), (V{1, 2, 3, 4, 5, 6}));
  const std::string palette = chunk("PLTE", std::string("\x0a\x14\x1e\x28\x32\x3c", 6));
  EXPECT_EQ(values(picture(8, 3, std::string("\0\1\0", 3), palette)), (V{40, 50, 60, 10, 20, 30}));
  // Opaque keeps its colour, transparent is white, half is between.
  EXPECT_EQ(values(picture(8, 4, std::string("\0\x64\xff\x64\0", 5))), (V{100, 255}));
  EXPECT_EQ(values(picture(8, 6, std::string("\0\1\2\3\xff\0\0\0\x80", 9))), (V{1, 2, 3, 127, 127, 127}));
  EXPECT_EQ(picture(8, 6, std::string("\0\1\2\3\xff\0\0\0\x80", 9)).shape,
            (std::vector<std::int64_t>{1, 2, 3}));
  const std::string see_through = chunk("tRNS", std::string(1, '\0'));
  EXPECT_EQ(values(picture(8, 3, std::string("\0\1\0", 3), palette + see_through)),
            (V{40, 50, 60, 255, 255, 255}));
}

TEST(PngFile, LatinTextBecomesUtf8) {
  const auto png = parse(signature + head(1, 1, 8, 0) + chunk("tEXt", std::string("k\0\xe9", 3)) +
                         stored(std::string(2, '\0')) + end);
  EXPECT_EQ(png.text.at("k"), "\xc3\xa9");
}

// A text that the writer allows must also be one that the reader's limit allows.
TEST(PngFile, TheLongestTextComesBack) {
  const std::map<std::string, std::string> text = {{"k", std::string((4 << 20) - 1, 'x')}};
  EXPECT_EQ(parse_png(serialise_png({ramp({1, 1}), text}), "x").text, text);
}

TEST(PngFile, DamageIsOneSentence) {
  const std::string good = signature + head(1, 1, 8, 0) + stored(std::string(2, '\0')) + end;
  ASSERT_NO_THROW(parse(good));
  std::string flipped = good;
  flipped[good.size() - 20] ^= 1;
  std::string huge_claim = chunk("iTXt", "note");
  huge_claim[0] = '\x7e';
  const struct {
    std::string bytes, says;
  } bad[] = {
      {"", "PNG signature"},
      {"GIF89a and more", "PNG signature"},
      {signature, "without the chunk IEND"},
      {signature + head(1, 1, 8, 0) + stored(std::string(2, '\0')), "without the chunk IEND"},
      // libpng would allocate and clear 2 GB for this claim.
      {signature + head(1, 1, 8, 0) + huge_claim + end, "chunk 'iTXt' of 2113929220"},
      {signature + head(0, 1, 8, 0) + end, "damaged"},
      {signature + head(1, 1, 7, 0) + end, "damaged"},
      {signature + head(1, 1, 8, 5) + end, "damaged"},
      {signature + head(0x7fffffff, 0x7fffffff, 8, 6) + stored("") + end, "damaged"},
      {signature + head(65537, 1, 8, 0) + stored("") + end, "damaged"},
      {signature + head(65536, 65536, 8, 6) + stored("") + end, "more than"},
      {signature + head(60000, 60000, 1, 0) + stored(std::string(2000, '\0')) + end, "more than"},
      {signature + head(2, 1, 8, 0) + stored(std::string(2, '\0')) + end, "damaged"},
      {signature + head(1, 1, 8, 3) + stored(std::string(2, '\0')) + end, "damaged"},
      {signature + head(1, 1, 8, 0) + end, "damaged"},
      {signature + stored(std::string(2, '\0')) + end, "damaged"},
      {flipped, "damaged"},
      {good + "tail", "4 bytes follow"},
  };
  for (const auto& row : bad) {
    SCOPED_TRACE(row.says);
    expect_error(ErrorKind::file, {"x: ", row.says}, [&] { parse(row.bytes); });
  }
}

TEST(PngFile, EveryTruncationAndEveryFlippedByteIsRefused) {
  const Bytes whole = serialise_png({ramp({3, 3}), {{"k", "v"}}});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    expect_error(ErrorKind::file, {"x: "}, [&] { parse_png(ByteView(whole).first(i), "x"); });
    Bytes damaged = whole;
    damaged[i] ^= std::byte{0x01};
    expect_error(ErrorKind::file, {"x: "}, [&] { parse_png(damaged, "x"); });
  }
}

TEST(PngFile, WritingRefusesOtherShapesAndKeywords) {
  const TempFolder folder;
  const auto refused = [&](ErrorKind kind, const std::string& says, const Array& a,
                           const std::map<std::string, std::string>& text = {}) {
    expect_error(kind, {folder / "a", says}, [&] { write_png(folder / "a", a, text); });
    EXPECT_TRUE(folder.names().empty());
  };
  refused(ErrorKind::shape, "f32", make_array<float>({1, 1}, {1.f}));
  refused(ErrorKind::shape, "[0, 4]", Array{Dtype::u8, {0, 4}, {}});
  refused(ErrorKind::shape, "[1, 1, 4]", ramp({1, 1, 4}));
  refused(ErrorKind::shape, "needs 4 bytes", Array{Dtype::u8, {2, 2}, Bytes(3)});
  refused(ErrorKind::option, "keyword ''", ramp({1, 1}), {{"", "x"}});
  refused(ErrorKind::option, "keyword", ramp({1, 1}), {{std::string(80, 'k'), "x"}});
  refused(ErrorKind::option, "keyword ' k'", ramp({1, 1}), {{" k", "x"}});
  refused(ErrorKind::option, "UTF-8", ramp({1, 1}), {{"k", "\xff"}});
  refused(ErrorKind::option, "4194304", ramp({1, 1}), {{"k", std::string(4 << 20, 'x')}});
  std::map<std::string, std::string> many;
  for (int i = 0; i < 101; ++i) many.emplace(std::to_string(i), "x");
  refused(ErrorKind::option, "101 texts", ramp({1, 1}), many);
  many.erase("0");
  EXPECT_EQ(parse_png(serialise_png({ramp({1, 1}), many}), "x").text, many);
  refused(ErrorKind::option, "NUL", ramp({1, 1}), {{"k", std::string(1, '\0')}});
}

}  // namespace
}  // namespace ulam::io::png_test
