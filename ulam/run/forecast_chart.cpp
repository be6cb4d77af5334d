#include "ulam/run/forecast_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/io/canvas.h"
#include "ulam/io/font.h"
#include "ulam/model/convert.h"
#include "ulam/run/plot.h"

namespace ulam {
namespace {

constexpr int panel_width = 760, panel_height = 230, left = 62, right = 14, top = 24, bottom = 22;
constexpr io::Colour ink{70, 70, 70}, faint{225, 225, 225}, seen_ink{95, 95, 95}, blue{30, 90, 180},
    red{200, 70, 40};

class PanelPainter {
 public:
  PanelPainter(io::Canvas& canvas, int x, int y, const ForecastPanel& panel)
      : canvas_(canvas), x_(x), y_(y), panel_(panel), times_(panel.seen.size(0)) {
    if (panel.seen.dim() != 1 || panel.levels_at.dim() != 2 || panel.levels_at.size(1) != times_ ||
        panel.levels_at.size(0) % 2 == 0 || (panel.truth.defined() && panel.truth.size(0) != times_))
      fail(ErrorKind::shape, "forecast chart", "a panel has quantiles of shape {} for {} times",
           shape_text(panel.levels_at.sizes()), times_);
    for (const at::Tensor& t : {panel.seen, panel.truth, panel.levels_at}) {
      if (!t.defined()) continue;
      const at::Tensor flat = t.to(at::kDouble).contiguous();
      for (std::int64_t i = 0; i < flat.numel(); ++i)
        if (const double v = flat.data_ptr<double>()[i]; std::isfinite(v))
          low_ = std::min(low_, v), high_ = std::max(high_, v);
    }
    if (!(low_ <= high_)) low_ = 0, high_ = 1;
    const double margin = high_ > low_ ? .04 * (high_ - low_) : std::max(std::abs(high_), 1.) * .1;
    low_ -= margin, high_ += margin;
  }

  void paint() {
    for (const double tick : axis_ticks(low_, high_, false, 5)) {
      canvas_.line({{x_ + left * 1., down(tick)}, {x_ + panel_width - right * 1., down(tick)}}, faint, 1);
      const std::string text = real_text(std::abs(tick) < 1e-9 * (high_ - low_) ? 0 : tick);
      canvas_.text(x_ + left - 6 - io::text_width(text), static_cast<int>(down(tick)) - 4, text, ink);
    }
    canvas_.text(x_ + left, y_ + 4, io::fitted(panel_.title, (panel_width - left - right) / 2), ink, 2);
    const std::int64_t count = panel_.levels_at.size(0);
    for (std::int64_t k = 0; k < count / 2; ++k)
      canvas_.band(points(panel_.levels_at[k]), points(panel_.levels_at[count - 1 - k]), blue, .22);
    canvas_.line(points(panel_.seen), seen_ink, 1.5);
    lone_dots(panel_.seen);
    if (panel_.truth.defined()) dashed(points(panel_.truth));
    canvas_.line(points(panel_.levels_at[count / 2]), blue, 2);
  }

 private:
  double along(std::int64_t i) const {
    return x_ + left +
           (static_cast<double>(i) + .5) / static_cast<double>(times_) * (panel_width - left - right);
  }
  double down(double v) const {
    return y_ + top + (high_ - v) / (high_ - low_) * (panel_height - top - bottom);
  }
  std::vector<io::Canvas::Point> points(const at::Tensor& line) const {
    const at::Tensor y = line.to(at::kDouble).contiguous();
    std::vector<io::Canvas::Point> out;
    for (std::int64_t i = 0; i < times_; ++i) {
      const double v = y.data_ptr<double>()[i];
      out.push_back({along(i), std::isfinite(v) ? down(v) : std::numeric_limits<double>::quiet_NaN()});
    }
    return out;
  }
  /// Values between gaps have no line of their own.
  void lone_dots(const at::Tensor& line) {
    const auto p = points(line);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const bool before = i > 0 && std::isfinite(p[i - 1].y),
                 after = i + 1 < p.size() && std::isfinite(p[i + 1].y);
      if (std::isfinite(p[i].y) && !before && !after) canvas_.dot(p[i], 1.5, seen_ink);
    }
  }
  void dashed(const std::vector<io::Canvas::Point>& p) {
    double walked = 0;
    for (std::size_t i = 0; i + 1 < p.size(); ++i) {
      if (!std::isfinite(p[i].y) || !std::isfinite(p[i + 1].y)) continue;
      const double length = std::hypot(p[i + 1].x - p[i].x, p[i + 1].y - p[i].y);
      for (double at = 0; at < length;) {
        const double phase = std::fmod(walked, 8),
                     step = std::min(length - at, phase < 5 ? 5 - phase : 8 - phase);
        const auto place = [&](double d) {
          return io::Canvas::Point{p[i].x + (p[i + 1].x - p[i].x) * d / length,
                                   p[i].y + (p[i + 1].y - p[i].y) * d / length};
        };
        if (phase < 5) canvas_.line({place(at), place(at + step)}, red, 1.5);
        at += std::max(step, 1e-6), walked += std::max(step, 1e-6);
      }
    }
  }

  io::Canvas& canvas_;
  int x_, y_;
  const ForecastPanel& panel_;
  std::int64_t times_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -low_;
};

}  // namespace

io::Array forecast_chart(const std::vector<ForecastPanel>& panels) {
  const int n = static_cast<int>(panels.size());
  if (n < 1 || n > 64) fail(ErrorKind::option, "forecast chart", "{} panels, valid: 1 to 64", n);
  const int columns = n > 4 ? 2 : 1, rows = (n + columns - 1) / columns;
  io::Canvas canvas(columns * panel_width, rows * panel_height);
  for (int i = 0; i < n; ++i)
    PanelPainter(canvas, i % columns * panel_width, i / columns * panel_height,
                 panels[static_cast<std::size_t>(i)])
        .paint();
  return canvas.picture();
}

}  // namespace ulam
