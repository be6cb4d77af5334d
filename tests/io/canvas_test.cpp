// What is drawn stands where it should, blends as it should, and is cut at the edges.
#include "ulam/io/canvas.h"

#include "tests/errors.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::io::canvas_test {
namespace {

int red(const Array& picture, int x, int y) {
  return static_cast<int>(picture.bytes[static_cast<std::size_t>((y * picture.shape[1] + x) * 3)]);
}

TEST(Canvas, ALineCoversItsPixelsAndNoOthers) {
  Canvas c(20, 10);
  c.line({{2, 5}, {18, 5}}, {0, 0, 0}, 2);
  const Array p = c.picture();
  EXPECT_EQ(red(p, 10, 4), 0);
  EXPECT_EQ(red(p, 10, 5), 0);
  EXPECT_EQ(red(p, 10, 2), 255);
  EXPECT_EQ(red(p, 10, 7), 255);
  EXPECT_EQ(red(p, 19, 9), 255);
}

// Joints must not be darker than the line, else every sample of a series shows as a dot.
TEST(Canvas, JointsOfAThinLineAreNoDarker) {
  Canvas whole(20, 10), cut(20, 10);
  whole.line({{2, 4.7}, {18, 4.7}}, {0, 0, 0}, 1);
  cut.line({{2, 4.7}, {10, 4.7}, {18, 4.7}}, {0, 0, 0}, 1);
  EXPECT_EQ(whole.picture().bytes, cut.picture().bytes);
}

TEST(Canvas, ABandBlendsBetweenItsLines) {
  Canvas c(10, 10);
  c.band({{0, 8}, {10, 8}}, {{0, 2}, {10, 2}}, {0, 0, 0}, .5);
  const Array p = c.picture();
  EXPECT_NEAR(red(p, 5, 5), 128, 1);
  EXPECT_EQ(red(p, 5, 1), 255);
  EXPECT_EQ(red(p, 5, 8), 255);
}

TEST(Canvas, GapsBreakLinesAndTheOutsideIsCutOff) {
  Canvas c(10, 10);
  c.line({{1, 5}, {std::nan(""), 5}, {9, 5}}, {0, 0, 0}, 2);
  for (int x = 0; x < 10; ++x) EXPECT_EQ(red(c.picture(), x, 5), 255);
  c.line({{-1e9, 5}, {1e9, 5}}, {0, 0, 0}, 2);
  c.text(-3, 8, "text that does not fit", {0, 0, 0});
  c.dot({9.5, 9.5}, 3, {0, 0, 0});
  EXPECT_EQ(red(c.picture(), 5, 5), 0);
  EXPECT_EQ(red(c.picture(), 9, 9), 0);
}

TEST(Canvas, OddSizesAreRefused) {
  testing::expect_error(ErrorKind::option, {"0 x 5"}, [] { Canvas(0, 5); });
  testing::expect_error(ErrorKind::shape, {"1 and 2"}, [] {
    Canvas(5, 5).band({{0, 0}}, {{0, 0}, {1, 1}}, {}, 1);
  });
}

}  // namespace
}  // namespace ulam::io::canvas_test
