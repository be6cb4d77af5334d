#include "ulam/io/font.h"

#include "tests/io/support.h"
#include <set>

namespace ulam::io::font_test {
namespace {

TEST(Font, EveryPrintableCharacterHasAGlyphOfItsOwnInsideItsWidth) {
  std::set<std::pair<int, std::array<std::uint8_t, glyph_rows>>> seen;
  for (char c = 0x20; c < 0x7f; ++c) {
    const Glyph glyph = glyph_of(c);
    EXPECT_GE(glyph.width, 1);
    EXPECT_LE(glyph.width, 5);
    int ink = 0;
    for (const std::uint8_t row : glyph.rows) {
      EXPECT_EQ(row >> glyph.width, 0) << c;
      ink |= row;
    }
    EXPECT_EQ(ink == 0, c == ' ') << c;
    EXPECT_TRUE(seen.insert({glyph.width, glyph.rows}).second) << c << " looks like another character";
  }
}

TEST(Font, OnlyLettersWithATailAndSomeMarksReachBelowTheLine) {
  for (char c = 0x20; c < 0x7f; ++c) {
    const Glyph glyph = glyph_of(c);
    const bool below = glyph.rows[7] != 0 || glyph.rows[8] != 0;
    EXPECT_EQ(below, std::string_view("gjpqy,;_").find(c) != std::string_view::npos) << c;
  }
}

TEST(Font, ForeignBytesGiveABoxAndNeverReadOutside) {
  for (int c = -128; c < 128; ++c) EXPECT_GE(glyph_of(static_cast<char>(c)).width, 1);
  EXPECT_EQ(glyph_of('\xff').rows, glyph_of('\n').rows);
}

TEST(Font, FittedTextIsTheLongestThatFits) {
  const std::string text = "Ankle boot";
  const int full = text_width(text);
  EXPECT_EQ(fitted(text, full), text);
  for (int pixels = 0; pixels < full; ++pixels) {
    const std::string line = fitted(text, pixels);
    EXPECT_LE(text_width(line), pixels);
    if (line.empty()) {
      EXPECT_GT(text_width(".."), pixels);
      continue;
    }
    ASSERT_GE(line.size(), 2u);
    const std::size_t kept = line.size() - 2;
    EXPECT_EQ(line, text.substr(0, kept) + "..");
    if (kept + 1 < text.size()) {
      EXPECT_GT(text_width(text.substr(0, kept + 1) + ".."), pixels);
    }
  }
  EXPECT_EQ(text_width(""), 0);
}

}  // namespace
}  // namespace ulam::io::font_test
