#pragma once
// Lines, bands and captions on a picture: for figures that open anywhere.
#include <array>
#include <string_view>
#include <vector>

#include "ulam/io/array.h"

namespace ulam::io {

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// A white picture that is drawn on; coordinates in pixels, x to the right, y down, the first pixel's centre
/// at (0.5, 0.5). What lies outside is cut off; points that are not finite break a line.
class Canvas {
 public:
  /// Throws Error(option) unless 1 <= width, height <= 16384.
  Canvas(int width, int height);
  int width() const { return width_; }
  int height() const { return height_; }
  struct Point {
    double x, y;
  };
  /// A connected line of a width in pixels, smoothed at its edges.
  void line(const std::vector<Point>& points, Colour colour, double thickness = 1.5);
  /// The area between two lines over the same x (low.size() == high.size()), laid over with opacity 0..1.
  void band(const std::vector<Point>& low, const std::vector<Point>& high, Colour colour, double opacity);
  /// A filled circle.
  void dot(Point at, double radius, Colour colour);
  /// A line of text in the small font, its top left corner at (x, y).
  void text(int x, int y, std::string_view text, Colour colour, int scale = 1);
  /// u8 [height, width, 3].
  Array picture() const;

 private:
  void blend(int x, int y, Colour colour, double opacity);
  int width_, height_;
  std::vector<std::array<float, 3>> pixels_;
};

}  // namespace ulam::io
