#include "ulam/run/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace ulam {
namespace {

constexpr double left = 76, right = 704, top = 34, bottom = 366;

/// Data to picture along one axis.
struct Axis {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool logarithmic = false;
  double from = 0, to = 1;

  bool takes(double v) const { return std::isfinite(v) && (!logarithmic || v > 0); }
  void widen(double v) {
    if (!takes(v)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  bool empty() const { return low > high; }
  /// Room at both ends, so that no marker touches the frame.
  void pad() {
    if (logarithmic) {
      const double factor = std::max(std::pow(high / low, .05), 1.1);
      low /= factor;
      high *= factor;
    } else {
      const double room = std::max((high - low) * .05, 1e-9 + std::abs(high) * 1e-3);
      low -= room;
      high += room;
    }
  }
  double at(double v) const {
    const double share = logarithmic ? std::log(v / low) / std::log(high / low) : (v - low) / (high - low);
    return from + share * (to - from);
  }
};

std::string number(double v) {
  if (v != 0 && (std::abs(v) >= 1e5 || std::abs(v) < 1e-3)) {
    const int power = static_cast<int>(std::floor(std::log10(std::abs(v)) + 1e-9));
    const double lead = v / std::pow(10., power);
    return fmt::format("{:.3g}e{}", lead, power);
  }
  return fmt::format("{:.4g}", v);
}

std::string marker(std::size_t kind, double x, double y) {
  switch (kind % 4) {
    case 0:
      return fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='4'/>", x, y);
    case 1:
      return fmt::format("<rect x='{:.1f}' y='{:.1f}' width='7.5' height='7.5'/>", x - 3.75, y - 3.75);
    case 2:
      return fmt::format("<path d='M{:.1f} {:.1f}l4.8 8.4h-9.6z'/>", x, y - 5);
    default:
      return fmt::format("<path d='M{:.1f} {:.1f}l5 5l-5 5l-5 -5z'/>", x, y - 5);
  }
}

void draw_axes(std::string& out, const Axis& x, const Axis& y, const Chart& chart) {
  for (const double v : axis_ticks(x.low, x.high, x.logarithmic)) {
    const double at = x.at(v);
    out += fmt::format("<line class='grid' x1='{0:.1f}' x2='{0:.1f}' y1='{1}' y2='{2}'/>", at, top, bottom);
    out += fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{}</text>", at, bottom + 18, number(v));
  }
  for (const double v : axis_ticks(y.low, y.high, y.logarithmic)) {
    const double at = y.at(v);
    out += fmt::format("<line class='grid' x1='{0}' x2='{1}' y1='{2:.1f}' y2='{2:.1f}'/>", left, right, at);
    out += fmt::format("<text x='{}' y='{:.1f}' text-anchor='end'>{}</text>", left - 8, at + 4, number(v));
  }
  out += fmt::format("<rect class='frame' x='{}' y='{}' width='{}' height='{}'/>", left, top, right - left,
                     bottom - top);
  out += fmt::format("<text x='{}' y='{}' text-anchor='middle'>{}</text>", (left + right) / 2, bottom + 42,
                     escaped(chart.x_label));
  out += fmt::format("<text transform='translate(16 {}) rotate(-90)' text-anchor='middle'>{}</text>",
                     (top + bottom) / 2, escaped(chart.y_label));
}

void draw_series(std::string& out, const Series& series, std::size_t index, const Axis& x, const Axis& y) {
  std::vector<Series::Point> points;
  for (const Series::Point& p : series.points)
    if (x.takes(p.x) && y.takes(p.y)) points.push_back(p);
  std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  out += fmt::format("<g style='--c:var(--c{})'><title>{}</title><polyline class='line' points='", index % 8,
                     escaped(series.name));
  for (const Series::Point& p : points) out += fmt::format("{:.1f},{:.1f} ", x.at(p.x), y.at(p.y));
  out += "'/>";
  for (const Series::Point& p : points) {
    if (p.error > 0 && std::isfinite(p.error)) {
      const double low = y.logarithmic ? std::max(p.y - p.error, y.low) : p.y - p.error;
      out += fmt::format("<line class='bar' x1='{0:.1f}' x2='{0:.1f}' y1='{1:.1f}' y2='{2:.1f}'/>", x.at(p.x),
                         y.at(low), y.at(p.y + p.error));
    }
    out += marker(index, x.at(p.x), y.at(p.y));
  }
  out += "</g>";
}

void draw_legend(std::string& out, const Chart& chart) {
  const double y = top + 16;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const double line = y + 18 * static_cast<double>(i);
    out += fmt::format("<g style='--c:var(--c{})'>{}</g>", i % 8, marker(i, right - 14, line - 4));
    out += fmt::format("<text x='{}' y='{:.1f}' text-anchor='end'>{}</text>", right - 26, line,
                       escaped(chart.series[i].name));
  }
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::vector<double> axis_ticks(double low, double high, bool logarithmic, int wanted) {
  std::vector<double> out;
  if (!(low < high)) return out;
  if (logarithmic) {
    const int first = static_cast<int>(std::floor(std::log10(low))),
              last = static_cast<int>(std::ceil(std::log10(high)));
    const auto inside = [&](double v) { return v >= low * (1 - 1e-12) && v <= high * (1 + 1e-12); };
    int powers = 0;
    for (int p = first; p <= last; ++p) powers += inside(std::pow(10., p)) ? 1 : 0;
    const int stride = std::max(1, (powers + wanted) / (wanted + 1));
    for (int p = first; p <= last; ++p)
      for (const double lead : {1., 2., 5.}) {
        if (lead > 1 && powers >= 3) continue;
        if (powers >= 3 && (p - first) % stride != 0) continue;
        if (inside(lead * std::pow(10., p))) out.push_back(lead * std::pow(10., p));
      }
    return out;
  }
  const double rough = (high - low) / std::max(wanted, 1),
               power = std::pow(10., std::floor(std::log10(rough)));
  const double lead = rough / power, step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  for (double k = std::ceil(low / step - 1e-9); k * step <= high * (1 + 1e-12) + 1e-12 * step; ++k)
    out.push_back(k * step);
  return out;
}

std::string svg_chart(const Chart& chart) {
  Axis x{.logarithmic = chart.log_x, .from = left, .to = right},
      y{.logarithmic = chart.log_y, .from = bottom, .to = top};
  for (const Series& s : chart.series)
    for (const Series::Point& p : s.points) {
      if (!x.takes(p.x) || !y.takes(p.y)) continue;
      x.widen(p.x);
      y.widen(p.y);
      if (std::isfinite(p.error)) y.widen(p.y + p.error);
      // On a logarithmic axis a bar below the points is cut rather than let it stretch the picture.
      if (!chart.log_y && std::isfinite(p.error)) y.widen(p.y - p.error);
    }
  for (const Level& level : chart.levels) y.widen(level.y);
  std::string out = "<svg class='chart' viewBox='0 0 720 420' role='img' xmlns='http://www.w3.org/2000/svg'>";
  out += fmt::format("<title>{0}</title><text class='head' x='{1}' y='20'>{0}</text>", escaped(chart.title),
                     left);
  if (x.empty() || y.empty())
    return out + fmt::format("<text x='{}' y='{}' text-anchor='middle'>no points</text></svg>",
                             (left + right) / 2, (top + bottom) / 2);
  x.pad();
  y.pad();
  draw_axes(out, x, y, chart);
  for (const Level& level : chart.levels) {
    if (!y.takes(level.y)) continue;
    out += fmt::format("<line class='level' x1='{0}' x2='{1}' y1='{2:.1f}' y2='{2:.1f}'/>", left, right,
                       y.at(level.y));
    out += fmt::format("<text x='{}' y='{:.1f}'>{}</text>", left + 6, y.at(level.y) - 5, escaped(level.name));
  }
  for (std::size_t i = 0; i < chart.series.size(); ++i) draw_series(out, chart.series[i], i, x, y);
  draw_legend(out, chart);
  return out + "</svg>";
}

}  // namespace ulam
