#pragma once
// A small bitmap font for captions: capitals 5 x 7, with two rows below the line for g, j, p, q, y.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ulam::io {

inline constexpr int glyph_rows = 9;  // 7 above the line, 2 below

/// Rows from the top, bit i of a row is column i from the left; `width` columns are used.
struct Glyph {
  int width = 0;
  std::array<std::uint8_t, glyph_rows> rows{};
};

/// The glyph of a printable ASCII character; other bytes give a hollow box.
Glyph glyph_of(char c);

/// Width in pixels of a line of text at scale 1: glyphs one pixel apart.
int text_width(std::string_view text);

/// `text`, or its longest beginning followed by ".." that is at most `pixels` wide; "" when not even ".."
/// fits.
std::string fitted(std::string_view text, int pixels);

}  // namespace ulam::io
