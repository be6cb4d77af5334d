#pragma once
// Line charts with error bars as SVG text: for reports that open anywhere without a program to draw them.
#include <string>
#include <vector>

namespace ulam {

struct Series {
  struct Point {
    double x = 0, y = 0;
    double error = 0;  // half the length of its bar
  };
  std::string name;
  std::vector<Point> points;  // drawn in order of x
};

struct Level {
  std::string name;
  double y = 0;
};

struct Chart {
  std::string title;
  std::string x_label, y_label;
  bool log_x = false, log_y = false;
  std::vector<Series> series;
  std::vector<Level> levels;  // horizontal lines: floors, baselines
};

/// One <svg> element, 720 x 420 units, as wide as what it stands in. Colours come from the CSS variables
/// --ink, --grid and
/// --c0 .. --c7 of the page, so that it follows a dark theme; markers tell series apart without colour.
/// Points that are not finite, or not positive on a logarithmic axis, are left out; a chart without points
/// says so. Text is escaped.
std::string svg_chart(const Chart& chart);

/// Round numbers that cut [low, high] into about `wanted` pieces; on a logarithmic axis powers of ten, with 2
/// and 5 where fewer than three powers lie inside.
std::vector<double> axis_ticks(double low, double high, bool logarithmic, int wanted = 6);

/// & < > " as entities, for HTML and SVG.
std::string escaped(const std::string& text);

}  // namespace ulam
