#include "ulam/learn/statistics.h"

#include "tests/errors.h"
#include <filesystem>
#include <numeric>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/draw/teleport.h"
#include "ulam/io/npy.h"
#include "ulam/model/convert.h"
#include "ulam/problems/covariance.h"
#include "ulam/problems/mixture.h"
#include "ulam/problems/problem.h"

namespace ulam::statistics_test {
namespace {

using testing::expect_error;

double apart(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

/// Bytes that no one would call Gaussian: 5000 rows of 3 x 4, more than one block of no size in particular.
Dataset bytes(std::int64_t n = 5000) {
  Dataset data;
  data.images = at::arange(n * 12, at::kLong).mul_(7919).remainder(251).to(at::kByte).reshape({n, 1, 3, 4});
  data.labels = at::arange(n, at::kLong).remainder(3);
  data.source = "bytes";
  return data;
}

at::Tensor scaled_rows(const Dataset& data, double low, double high) {
  return pictures_to_float(data.images, low, high).to(at::kDouble).reshape({data.size(), -1});
}

// Pixels in the model's range, not in bytes or [0, 1]: mean and eigenvalues are those of the scaled rows.
TEST(Statistics, AreThoseOfTheRowsInTheModelsScale) {
  const Dataset data = bytes();
  StatisticsOptions options;
  options.classes = 3;
  options.class_rank = 12;
  options.data_low = -2;
  options.data_high = 1;
  const GaussianSet set = dataset_statistics(data, options, {});
  const at::Tensor rows = scaled_rows(data, -2, 1);
  EXPECT_LT(apart(set.all.mean, rows.mean(0)), 1e-6);
  const auto covariance = [](const Gaussian& g) {
    const at::Tensor eye = at::eye(g.dimension(), at::kDouble), u = g.vectors;
    return at::mm(u.t() * g.values, u) + (eye - at::mm(u.t(), u)) * g.rest;
  };
  const at::Tensor centred = rows - rows.mean(0);
  EXPECT_LT(apart(covariance(set.all), at::mm(centred.t(), centred) / (rows.size(0) - 1)), 1e-6);
  ASSERT_EQ(set.classes.size(), 3u);
  const at::Tensor own = rows.slice(0, 1, c10::nullopt, 3), spread = own - own.mean(0);
  EXPECT_LT(apart(set.classes[1].mean, own.mean(0)), 1e-6);
  EXPECT_LT(apart(covariance(set.classes[1]), at::mm(spread.t(), spread) / (own.size(0) - 1)), 1e-6);
  EXPECT_EQ(set.rows, 5000);
  EXPECT_EQ(set.data_low, -2);
}

TEST(Statistics, TheRankBoundsTheDirectionsAndKeepsTheVariance) {
  StatisticsOptions options;
  options.rank = 5;
  options.class_rank = 2;
  options.classes = 3;
  const GaussianSet few = dataset_statistics(bytes(), options, {});
  EXPECT_EQ(few.all.rank(), 5);
  EXPECT_EQ(few.classes[2].rank(), 2);
  options.rank = 12;
  options.classes = 0;
  const GaussianSet all = dataset_statistics(bytes(), options, {});
  EXPECT_TRUE(all.classes.empty());
  EXPECT_NEAR(few.all.variance(), all.all.variance(), 1e-12);
}

// Constant pixels have no direction of their own.
TEST(Statistics, DirectionsWithoutVarianceAreDropped) {
  Dataset data = bytes();
  data.images.select(2, 0).fill_(9);
  const GaussianSet set = dataset_statistics(data, {}, {});
  EXPECT_EQ(set.all.rank(), 8);
  EXPECT_LT(set.all.rest, 1e-9);
}

TEST(Statistics, WhatDoesNotFitIsRefused) {
  StatisticsOptions options;
  options.rank = 1001;
  expect_error(ErrorKind::option, {"rank 1001", "0..1000"},
               [&] { dataset_statistics(bytes(), options, {}); });
  options.rank = 4;
  options.classes = 4;
  expect_error(ErrorKind::option, {"class 3 has 0 rows"}, [&] { dataset_statistics(bytes(), options, {}); });
  Dataset data = bytes();
  data.labels = at::Tensor();
  expect_error(ErrorKind::unsupported, {"labels", "bytes"}, [&] { dataset_statistics(data, options, {}); });
  data.images = at::zeros({2, 1, 65, 64}, at::kByte);
  options.classes = 0;
  expect_error(ErrorKind::unsupported, {"4160", "4096"}, [&] { dataset_statistics(data, options, {}); });
  CancelToken cancel;
  cancel.cancel();
  Watch watch;
  watch.cancel = &cancel;
  expect_error(ErrorKind::cancelled, {"cancelled"}, [&] { dataset_statistics(bytes(), options, watch); });
}

/// Two tight blobs at +-2 on the first of three axes.
ProblemPtr blobs(const Head& head, const Path& path) {
  ProblemSettings settings;
  settings.head = head;
  settings.path = path;
  const CovariancePtr c = diagonal_covariance({.05, .3, .02});
  return Problem::make(make_mixture({{1, {2, 0, 0}, c, 0}, {1, {-2, 0, 0}, c, 1}}), settings);
}

at::Tensor data_of(const ProblemPtr& problem, const at::Tensor& labels) {
  std::vector<std::uint64_t> ids(64);
  std::iota(ids.begin(), ids.end(), std::uint64_t{0});
  return problem->sample(ids, 1, {{"label", labels}});
}

// On data that are Gaussian given their class the labelled figure is rounding at every level; without labels
// the two blobs become visible where sigma falls to their distance, and there the search must end.
TEST(Calibration, EndsWhereTheDataStopLookingGaussian) {
  const at::Tensor labels = at::arange(64, at::kLong).remainder(2);
  for (const Path& path : {Path::edm(), Path::vp()})
    for (const Prediction kind : {Prediction::data, Prediction::edm, Prediction::noise}) {
      const ProblemPtr problem = blobs({kind, .5}, path);
      const Calibration found =
          calibrate(Field(problem), *gaussians_of(*problem), data_of(problem, labels), labels, {}, {});
      ASSERT_TRUE(found.sigma.has_value());
      EXPECT_GT(*found.sigma, 2);
      EXPECT_LT(*found.sigma, 12);
      for (const Agreement& a : found.levels) EXPECT_LT(a.conditional, 1e-15) << a.sigma;
      EXPECT_GT(found.levels.back().null, 1e-3);
      EXPECT_LE(found.levels.at(found.levels.size() - 2).null, 1e-3);
      EXPECT_EQ(found.levels.at(found.levels.size() - 2).sigma, *found.sigma);
      EXPECT_EQ(found.evaluations, static_cast<std::int64_t>(2 * 64 * found.levels.size()));
    }
}

TEST(Calibration, StatisticsOfOtherDataNeverPass) {
  const at::Tensor labels = at::arange(64, at::kLong).remainder(2);
  const ProblemPtr problem = blobs({Prediction::data, .5}, Path::edm());
  const auto wrong = std::make_shared<GaussianSet>(*gaussians_of(*problem));
  for (Gaussian& g : wrong->classes) g.values.mul_(4);  // statistics that forgot to rescale
  wrong->all.values.mul_(4);
  CalibrationOptions options;
  options.rows = 8;
  options.least = 30;
  const Calibration found = calibrate(Field(problem), *wrong, data_of(problem, labels), labels, options, {});
  EXPECT_FALSE(found.sigma.has_value());
  EXPECT_GT(found.levels.front().null, 1);
  expect_error(ErrorKind::shape, {"[3]", "[64, 2]"}, [&] {
    calibrate(Field(problem), *wrong, at::zeros({64, 2}, at::kDouble), labels, options, {});
  });
}

// Looser tolerance, deeper jump.
TEST(Calibration, TheToleranceDecides) {
  const at::Tensor labels = at::arange(64, at::kLong).remainder(2);
  const ProblemPtr problem = blobs({Prediction::data, .5}, Path::edm());
  CalibrationOptions options;
  double before = 0;
  for (const double tolerance : {1e-5, 1e-3, 1e-1}) {
    options.tolerance = tolerance;
    const Calibration found =
        calibrate(Field(problem), *gaussians_of(*problem), data_of(problem, labels), labels, options, {});
    if (before > 0) {
      EXPECT_LT(*found.sigma, before);
    }
    before = *found.sigma;
  }
}

// The whole way from a file: training split for the moments, test split for the calibration.
TEST(MeasureStatistics, ReadsTheDataOnce) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "ulam-statistics";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "grey.npy").string();
  const at::Tensor pictures = bytes(300).images.reshape({300, 3, 4});
  io::write_npy(file, to_array(pictures));
  ProblemSettings settings;
  settings.shape = {1, 3, 4};
  const ProblemPtr problem = Problem::make(
      make_mixture({{1, std::vector<double>(12, 0), diagonal_covariance(std::vector<double>(12, .3)), -1}}),
      settings);
  MeasureStatisticsOptions options;
  options.rank = 4;
  options.calibration.least = 70;
  const MeasuredStatistics measured = measure_statistics(Field(problem), file, options, {});
  EXPECT_EQ(measured.set.data, "grey.npy");
  EXPECT_EQ(measured.set.rows, 300);
  EXPECT_EQ(measured.set.calibrated, problem->info().hash);
  // Bytes in a pattern are nothing like the model's own Gaussian, so no level passes and the rule stands in.
  EXPECT_FALSE(measured.calibration.sigma.has_value());
  EXPECT_TRUE(measured.set.sigma_by_rule);
  EXPECT_NEAR(*measured.set.sigma, 3 * std::sqrt(measured.set.all.values[0].item<double>()), 1e-12);
  EXPECT_EQ(measured.calibration.levels.size(), 1u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace ulam::statistics_test
