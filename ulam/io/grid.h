#pragma once
// A page of pictures with captions.
#include <string>
#include <vector>

#include "ulam/io/array.h"

namespace ulam::io {

/// How a page looks. Zero means: chosen to fit.
struct PageStyle {
  int columns = 0;     // 0: nearly square
  int scale = 0;       // whole enlargement, nearest neighbour; 0: 128 pixels a picture, about (28 -> 4 times)
  int gap = 0;         // pixels between pictures and half of the margin; 0: an eighth of a picture's width
  int text_scale = 0;  // enlargement of the 5 x 7 font; 0: 1 below 96 pixels a picture, 2 from there on
  bool captions_above = false;    // below the pictures otherwise
  std::uint8_t background = 250;  // gray level of the page
  std::uint8_t ink = 110;         // gray level of captions
};

/// Lays pictures u8 [n, H, W] (gray) or [n, H, W, 3] on a page in reading order; `captions` is empty or has
/// one line a picture (printable ASCII; what is wider than the picture ends in ".."). Returns u8 [H', W', 3].
/// Throws Error(shape) for another dtype or shape or no picture, Error(option) for captions of another count,
/// numbers out of range, or a page beyond 2^28 pixels. Cost: the page's pixels.
Array make_page(const Array& pictures, const std::vector<std::string>& captions = {},
                const PageStyle& style = {});

}  // namespace ulam::io
