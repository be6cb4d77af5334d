#include "ulam/io/canvas.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/io/font.h"

namespace ulam::io {
namespace {

/// Distance of p from the segment a .. b.
double distance(Canvas::Point p, Canvas::Point a, Canvas::Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  const double t = square > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / square, 0., 1.) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

bool finite(Canvas::Point p) { return std::isfinite(p.x) && std::isfinite(p.y); }

}  // namespace

Canvas::Canvas(int width, int height) : width_(width), height_(height) {
  if (width < 1 || height < 1 || width > 16384 || height > 16384)
    fail(ErrorKind::option, "canvas", "{} x {} pixels, valid: 1 to 16384 a side", width, height);
  pixels_.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), {255, 255, 255});
}

void Canvas::blend(int x, int y, Colour colour, double opacity) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_ || !(opacity > 0)) return;
  auto& pixel =
      pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
  const auto o = static_cast<float>(std::min(opacity, 1.));
  const std::uint8_t to[3] = {colour.red, colour.green, colour.blue};
  for (std::size_t i = 0; i < 3; ++i) pixel[i] += o * (static_cast<float>(to[i]) - pixel[i]);
}

void Canvas::line(const std::vector<Point>& points, Colour colour, double thickness) {
  // The cover of a pixel is the largest of all segments', so that joints are not darker.
  std::vector<float> cover(pixels_.size(), 0.f);
  const double half = thickness / 2;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const Point a = points[i], b = points[i + 1];
    if (!finite(a) || !finite(b)) continue;
    const auto from = [&](double v) {
      return static_cast<int>(std::floor(std::clamp(v - half - 1, -1., 16400.)));
    };
    const auto to = [&](double v) {
      return static_cast<int>(std::ceil(std::clamp(v + half + 1, -1., 16400.)));
    };
    for (int y = std::max(0, from(std::min(a.y, b.y))); y < std::min(height_, to(std::max(a.y, b.y))); ++y)
      for (int x = std::max(0, from(std::min(a.x, b.x))); x < std::min(width_, to(std::max(a.x, b.x))); ++x) {
        const double c = std::clamp(half + .5 - distance({x + .5, y + .5}, a, b), 0., 1.);
        float& here = cover[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                            static_cast<std::size_t>(x)];
        here = std::max(here, static_cast<float>(c));
      }
  }
  for (int y = 0; y < height_; ++y)
    for (int x = 0; x < width_; ++x)
      blend(x, y, colour,
            static_cast<double>(cover[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                                      static_cast<std::size_t>(x)]));
}

void Canvas::band(const std::vector<Point>& low, const std::vector<Point>& high, Colour colour,
                  double opacity) {
  if (low.size() != high.size())
    fail(ErrorKind::shape, "canvas", "a band has {} and {} points", low.size(), high.size());
  for (int x = 0; x < width_; ++x) {
    const double at = x + .5;
    for (std::size_t i = 0; i + 1 < low.size(); ++i) {
      if (!finite(low[i]) || !finite(low[i + 1]) || !finite(high[i]) || !finite(high[i + 1])) continue;
      if (at < low[i].x || at >= low[i + 1].x) continue;
      const double t = (at - low[i].x) / (low[i + 1].x - low[i].x);
      double a = low[i].y + t * (low[i + 1].y - low[i].y), b = high[i].y + t * (high[i + 1].y - high[i].y);
      if (a > b) std::swap(a, b);
      a = std::clamp(a, 0., static_cast<double>(height_)),
      b = std::clamp(b, 0., static_cast<double>(height_));
      for (int y = static_cast<int>(a); y < height_ && y < b; ++y)
        blend(x, y, colour, opacity * (std::min(b, y + 1.) - std::max(a, static_cast<double>(y))));
      break;
    }
  }
}

void Canvas::dot(Point at, double radius, Colour colour) { line({at, at}, colour, 2 * radius); }

void Canvas::text(int x, int y, std::string_view text, Colour colour, int scale) {
  for (const char c : text) {
    const Glyph glyph = glyph_of(c);
    for (int row = 0; row < glyph_rows; ++row)
      for (int column = 0; column < glyph.width; ++column)
        if ((glyph.rows[static_cast<std::size_t>(row)] >> column & 1) != 0)
          for (int i = 0; i < scale * scale; ++i)
            blend(x + column * scale + i % scale, y + row * scale + i / scale, colour, 1);
    x += (glyph.width + 1) * scale;
  }
}

Array Canvas::picture() const {
  std::vector<std::uint8_t> out;
  out.reserve(pixels_.size() * 3);
  for (const auto& pixel : pixels_)
    for (const float v : pixel) out.push_back(static_cast<std::uint8_t>(std::lround(v)));
  return make_array<std::uint8_t>({height_, width_, 3}, out);
}

}  // namespace ulam::io
