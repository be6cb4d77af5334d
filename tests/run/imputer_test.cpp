#include "ulam/run/imputer.h"

#include "tests/errors.h"
#include "tests/model/support.h"
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "ulam/path/betas.h"

namespace ulam::imputer_test {
namespace {

using testing::expect_error;
constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr int steps = 6;

ModelPtr model_of(std::unique_ptr<Network> network, int table) {
  ModelInfo info;
  info.name = "told";
  info.path = Path::discrete(scaled_linear_betas(table, 1e-4, .5));
  info.head = {Prediction::noise, 1};
  info.row_limit = 8;
  return std::make_shared<const NetworkModel>(std::move(network), info);
}

ModelPtr small_told(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json config = {{"kind", "csdi"}, {"shape", {3, 6}}, {"channels", 8},
                           {"layers", 1},    {"heads", 2},      {"names", {"a", "b", "c"}}};
  config.merge_patch(more);
  return model_of(test::filled(config), 10);
}

/// Columns by name, `times` long, with a gap in every third place.
SeriesTable table_of(const std::vector<std::string>& names, std::int64_t times) {
  SeriesTable t{at::empty({static_cast<std::int64_t>(names.size()), times}, at::kDouble), names, "table"};
  for (std::int64_t i = 0; i < t.values.size(0); ++i)
    for (std::int64_t j = 0; j < times; ++j) {
      const int key = names[static_cast<std::size_t>(i)][0];
      t.values[i][j] =
          (static_cast<std::int64_t>(key) + j) % 3 == 0 ? gap : std::sin(.7 * static_cast<double>(j) + key);
    }
  return t;
}

WindowOptions options(std::int64_t paths = 4) {
  WindowOptions o;
  o.guide = "";
  o.paths = paths;
  o.steps = steps;
  return o;
}

at::Tensor filled(const ModelPtr& model, const SeriesTable& table, std::int64_t* evaluations = nullptr) {
  Spent spent;
  const at::Tensor out = make_imputer(model)->paths(table, options(), {}, spent);
  if (evaluations != nullptr) *evaluations = spent.evaluations;
  return out;
}

TEST(Imputer, WhatIsThereStandsAndTheRestIsDrawn) {
  const SeriesTable t = table_of({"a", "b", "c"}, 6);
  std::int64_t evaluations = 0;
  const at::Tensor out = filled(small_told(), t, &evaluations);
  ASSERT_EQ(out.sizes(), (at::IntArrayRef{3, 4, 6}));
  EXPECT_TRUE(out.isfinite().all().item<bool>());
  EXPECT_EQ(evaluations, 4 * steps);
  const at::Tensor seen = t.values.isfinite().unsqueeze(1).expand_as(out);
  EXPECT_TRUE(at::equal(out.masked_select(seen), t.values.unsqueeze(1).expand_as(out).masked_select(seen)));
  EXPECT_GT(out.std(1).masked_select(t.values.isnan()).min().item<double>(), 0);
  EXPECT_FALSE(make_imputer(small_told())->guided());
}

TEST(Imputer, ColumnsAreTheFeaturesOfTheirNames) {
  const at::Tensor abc = filled(small_told(), table_of({"a", "b", "c"}, 6)),
                   cab = filled(small_told(), table_of({"c", "a", "b"}, 6));
  EXPECT_TRUE(at::equal(cab[1], abc[0]));
  EXPECT_TRUE(at::equal(cab[2], abc[1]));
  EXPECT_TRUE(at::equal(cab[0], abc[2]));
  // A feature that the table lacks is one of which nothing was seen.
  SeriesTable none = table_of({"a", "b", "c"}, 6);
  none.values[2].fill_(gap);
  EXPECT_TRUE(
      at::equal(filled(small_told(), table_of({"a", "b"}, 6)), filled(small_told(), none).narrow(0, 0, 2)));
}

TEST(Imputer, UnitsOfTheTableAreTheModelsMeansAndDeviations) {
  const ModelPtr plain = small_told(), scaled = small_told({{"mean", {8, 0, -2}}, {"deviation", {2, 1, 4}}});
  SeriesTable t = table_of({"a", "c"}, 6);
  const at::Tensor unit = filled(plain, t);
  const at::Tensor mean = at::tensor({8., -2.}, at::kDouble).view({2, 1}),
                   deviation = at::tensor({2., 4.}, at::kDouble).view({2, 1});
  t.values = t.values * deviation + mean;
  EXPECT_LT(test::max_difference(filled(scaled, t), unit * deviation.unsqueeze(1) + mean.unsqueeze(1)), 1e-5);
}

TEST(Imputer, TablesOfAnyLengthAreCoveredAndWholePartsCostNothing) {
  for (const std::int64_t times : {1, 5, 7, 9, 20}) {
    const SeriesTable t = table_of({"a", "b", "c"}, times);
    const at::Tensor out = filled(small_told(), t);
    ASSERT_EQ(out.sizes(), (at::IntArrayRef{3, 4, times}));
    EXPECT_TRUE(out.isfinite().all().item<bool>()) << times;
  }
  SeriesTable t = table_of({"a", "b", "c"}, 30);
  t.values.nan_to_num_(0);
  std::int64_t evaluations = -1;
  filled(small_told(), t, &evaluations);
  EXPECT_EQ(evaluations, 0);
  t.values[1][14] = gap;
  filled(small_told(), t, &evaluations);
  EXPECT_EQ(evaluations, 4 * steps);
}

TEST(Imputer, TablesThatDoNotFitAreRefused) {
  expect_error(ErrorKind::option, {"'d' is no feature"}, [] {
    filled(small_told(), table_of({"a", "d"}, 6));
  });
  expect_error(ErrorKind::shape, {"2 columns", "3 features"}, [] {
    filled(small_told({{"names", nlohmann::json::array()}}), table_of({"x", "y"}, 6));
  });
  SeriesTable t = table_of({"a"}, 6);
  t.values[0][1] = std::numeric_limits<double>::infinity();
  expect_error(ErrorKind::numeric, {"infinity"}, [&] { filled(small_told(), t); });
  expect_error(ErrorKind::unsupported, {"mlp"},
               [] { make_imputer(model_of(test::filled(test::small_mlp()), 10)); });
}

TEST(Imputer, SingleSeriesAreGuidedAsBefore) {
  const ModelPtr model = model_of(test::filled(test::small_series()), 10);
  SeriesTable t = table_of({"a", "b"}, 20);
  WindowOptions o = options();
  o.guide = "observe";
  Spent spent;
  const ImputerPtr imputer = make_imputer(model);
  EXPECT_TRUE(imputer->guided());
  EXPECT_EQ(imputer->length(), 16);
  EXPECT_TRUE(
      at::equal(imputer->paths(t, o, {}, spent), impute(series_model(model), t.values, o, {}, spent)));
  t.values[1].fill_(gap);
  expect_error(ErrorKind::file, {"'b' has no numbers"}, [&] { imputer->paths(t, o, {}, spent); });
}

}  // namespace
}  // namespace ulam::imputer_test
