// The published CSDI on signs of which half is known.
#include "tests/model/published_weights.h"
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/safetensors.h"
#include "ulam/model/network_model.h"
#include "ulam/path/betas.h"
#include "ulam/run/imputer.h"

namespace ulam::imputer_long {
namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

// The published network of intensive care (35 signs, 48 hours, standardised): a heart rate seen every second
// hour is known in between; the systolic pressure, never seen, goes with the mean pressure.
TEST(Imputer, PublishedCsdiFillsHeartRateAndKnowsWhatPressuresDo) {
  const std::string file = test::published_file("csdi-physionet2012.safetensors");
  if (file.empty()) GTEST_SKIP() << test::no_published;
  auto network = make_network({{"kind", "csdi"}, {"shape", {35, 48}}}, "test");
  network->parameters().load(io::read_safetensors(file), file);
  ModelInfo info;
  info.path = Path::discrete(scaled_linear_betas(50, 1e-4, .5));
  info.head = {Prediction::noise, 1};
  info.row_limit = 8;
  const auto model = std::make_shared<const NetworkModel>(std::move(network), info);
  constexpr std::int64_t heart_rate = 1, systolic = 20,
                         mean_pressure = 27;  // in the order of the authors' data
  SeriesTable t{at::full({35, 48}, gap, at::kDouble), std::vector<std::string>(35), "signs"};
  const at::Tensor hour = at::arange(48, at::kDouble), day = hour * (2 * 3.141592653589793 / 24);
  const at::Tensor rate = day.sin(), pressure = 1.5 * (day / 2).cos(), even = at::arange(0, 48, 2, at::kLong);
  t.values[heart_rate].index_copy_(0, even, rate.index_select(0, even));
  t.values[mean_pressure].index_copy_(0, even, pressure.index_select(0, even));
  Spent spent;
  WindowOptions o;
  o.guide = "";
  o.paths = 16;
  const at::Tensor middle = std::get<0>(make_imputer(model)->paths(t, o, {}, spent).median(1));
  const auto error = [&](std::int64_t sign, const at::Tensor& truth) {
    return (middle[sign] - truth).index_select(0, even + 1).square().mean().sqrt().item<double>();
  };
  // Medians of 16 draws: .12 and .22 are expected, .71 and 1.06 without a network.
  EXPECT_LT(error(heart_rate, rate), .2);
  EXPECT_LT(error(mean_pressure, pressure), .35);
  const at::Tensor s = middle[systolic] - middle[systolic].mean(), m = pressure - pressure.mean();
  const double slope = ((s * m).sum() / m.square().sum()).item<double>();
  EXPECT_GT(((s * m).sum() / (s.square().sum() * m.square().sum()).sqrt()).item<double>(), .9);
  EXPECT_NEAR(slope, .63, .25);  // -0.93 .. 0.99 for -1.5 .. 1.5
}

}  // namespace
}  // namespace ulam::imputer_long
