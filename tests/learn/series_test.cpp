// Windows of series: scales that follow their series, gaps, the held-out end, and files that cannot serve.
#include "ulam/learn/series.h"

#include "tests/errors.h"
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>

namespace ulam::series_test {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

at::Tensor line(std::vector<double> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return at::tensor(values, at::kDouble).view({1, 1, n});
}

std::string file(const std::string& name, const std::string& text) {
  const std::string path = (std::filesystem::temp_directory_path() / ("ulam_series_" + name)).string();
  std::ofstream(path) << text;
  return path;
}

SeriesWindow window(std::int64_t length, std::int64_t horizon) {
  SeriesWindow w;
  w.length = length;
  w.horizon = horizon;
  return w;
}

TEST(SeriesScale, MeanAndStandardOfWhatIsObserved) {
  const at::Tensor y = line({1, none, -3, none});
  const SeriesScale mean = scale_of(y, SeriesScaling::mean), standard = scale_of(y, SeriesScaling::standard);
  EXPECT_EQ(mean.size.item<double>(), 2);
  EXPECT_EQ(mean.location.item<double>(), 0);
  EXPECT_EQ(standard.location.item<double>(), -1);
  EXPECT_EQ(standard.size.item<double>(), 2);
}

// Rescaling the input rescales the output: exactly, for powers of two.
TEST(SeriesScale, FollowsTheSeries) {
  const at::Tensor y = line({1, 5, 2, 7.5});
  for (const SeriesScaling scaling : {SeriesScaling::mean, SeriesScaling::standard}) {
    const SeriesScale a = scale_of(y, scaling), b = scale_of(y * 4, scaling);
    EXPECT_TRUE(at::equal(a.to_unit(y), b.to_unit(y * 4)));
    EXPECT_TRUE(at::allclose(a.from_unit(a.to_unit(y)), y, 1e-14));
  }
}

TEST(SeriesScale, ConstantsAndNothingAtAllHaveASize) {
  for (const SeriesScaling scaling : {SeriesScaling::mean, SeriesScaling::standard}) {
    // A forecast of a constant is as narrow as its size.
    EXPECT_NEAR(scale_of(line({5, 5, 5}), scaling).size.item<double>(),
                scaling == SeriesScaling::mean ? 5 : 5e-6, 1e-15);
    EXPECT_EQ(scale_of(line({0, 0}), scaling).size.item<double>(), 1);
    EXPECT_EQ(scale_of(line({none, none}), scaling).size.item<double>(), 1);
  }
}

TEST(SeriesData, HeldOutWindowsLieWhollyAtTheEnd) {
  std::string text = "a\n";
  for (int i = 1; i <= 100; ++i) text += std::to_string(i) + "\n";
  const std::string path = file("ramp.csv", text);
  SeriesDataOptions options;
  const Dataset train = read_series_data(path, window(10, 0), Split::train, options);
  const Dataset held = read_series_data(path, window(10, 0), Split::test, options);
  EXPECT_EQ(train.size(), 80 - 9);
  EXPECT_EQ(held.size(), 20 - 9);
  EXPECT_EQ(train.images.sizes(), (at::IntArrayRef{71, 1, 10}));
  // Windows are divided by their mean: their ratios tell where they lie.
  const at::Tensor first = held.images[0][0];
  EXPECT_NEAR(first[9].item<double>() / first[0].item<double>(), 90. / 81, 1e-5);
  const at::Tensor last = train.images[70][0];
  EXPECT_NEAR(last[9].item<double>() / last[0].item<double>(), 80. / 71, 1e-5);
}

TEST(SeriesData, TheHorizonDoesNotCountForTheScale) {
  const std::string path = file("step.csv", "1\n1\n1\n9\n");
  SeriesDataOptions options;
  options.held_out = 0;
  const Dataset data = read_series_data(path, window(4, 1), Split::train, options);
  EXPECT_TRUE(at::equal(data.images, at::tensor({1.f, 1.f, 1.f, 9.f}).view({1, 1, 4})));
}

TEST(SeriesData, WindowsWithGapsAreLeftOutAndManyAreThinned) {
  const std::string path = file("gaps.csv", "a,b\n1,1\n2,2\nNA,3\n4,4\n5,5\n6,6\n");
  SeriesDataOptions options;
  options.held_out = 0;
  EXPECT_EQ(read_series_data(path, window(3, 0), Split::train, options).size(), 1 + 4);
  options.most_windows = 2;
  EXPECT_EQ(read_series_data(path, window(3, 0), Split::train, options).size(), 2);
}

TEST(SeriesData, GeneratedSeriesHaveRowsApartForValidation) {
  const Dataset train = read_series_data("series:kind=sine,rows=5,seed=2", window(24, 6), Split::train, {});
  const Dataset held = read_series_data("series:kind=sine,rows=5,seed=2", window(24, 6), Split::test, {});
  EXPECT_EQ(train.size(), 5);
  EXPECT_GT(held.size(), 1000);
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE((held.images == train.images[i]).flatten(1).all(1).any().item<bool>());
}

TEST(SeriesData, FilesThatCannotServeAreRefused) {
  using testing::expect_error;
  const SeriesDataOptions options;
  const auto read = [&](const std::string& path, std::int64_t length) {
    return [=] { read_series_data(path, window(length, 0), Split::train, options); };
  };
  expect_error(ErrorKind::file, {"short.csv", "3 values", "window of 10"},
               read(file("short.csv", "1\n2\n3\n"), 10));
  expect_error(ErrorKind::file, {"holes.csv", "2 values in a row"},
               read(file("holes.csv", "1\nNA\n3\nNA\n5\n"), 2));
  expect_error(ErrorKind::file, {"none.csv", "'b' has no numbers"},
               read(file("none.csv", "a,b\n1,NA\n2,NA\n"), 2));
  expect_error(ErrorKind::system, {"absent.csv"}, read("absent.csv", 2));
  expect_error(ErrorKind::option, {"series", "rowss", "rows"}, read("series:rowss=3", 24));
  SeriesWindow wide = window(24, 0);
  wide.channels = 2;
  expect_error(ErrorKind::unsupported, {"one channel", "2"},
               [&] { read_series_data("series", wide, Split::train, options); });
}

}  // namespace
}  // namespace ulam::series_test
