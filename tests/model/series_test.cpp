// The network for windows of time series: shapes, every part matters, skips, what it says of its windows.
#include "ulam/model/series.h"

#include "tests/errors.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace ulam::series_test {
namespace {

TEST(Series, KeepsTheShapeAndDependsOnTheNoiseLevel) {
  nlohmann::json config = test::small_series();
  config["shape"] = {2, 16};
  const auto network = test::filled(config);
  const at::Tensor x = test::normals({3, 2, 16}, 1);
  Call call;
  const at::Tensor a = network->forward(x, at::zeros({3}), {}, call),
                   b = network->forward(x, at::ones({3}), {}, call);
  EXPECT_EQ(a.sizes(), x.sizes());
  EXPECT_GT(test::max_difference(a, b), 1e-3);
}

// A context tells of the horizon: the first entry must reach the last through attention.
TEST(Series, TheFirstEntryReachesTheLast) {
  const auto network = test::filled(test::small_series());
  at::Tensor x = test::normals({1, 1, 16}, 1), y = x.clone();
  y[0][0][0] += 1;
  Call call;
  const at::Tensor a = network->forward(x, at::zeros({1}), {}, call),
                   b = network->forward(y, at::zeros({1}), {}, call);
  EXPECT_GT(std::abs((a - b)[0][0][15].item<double>()), 1e-5);
}

TEST(Series, ASkippedBlockIsTheIdentity) {
  const auto network = test::filled(test::small_series());
  Call call;
  call.wanted_taps = {"block0", "block1"};
  call.perturbations = {{"block1", Perturbation::Kind::skip, 1, {}}};
  network->forward(test::normals({2, 1, 16}, 1), at::zeros({2}), {}, call);
  EXPECT_TRUE(at::equal(call.taps.at("block0"), call.taps.at("block1")));
}

TEST(Series, RowsDoNotDependOnOneAnother) {
  const auto network = test::filled(test::small_series());
  const at::Tensor x = test::normals({3, 1, 16}, 1), c = at::arange(3).to(at::kFloat);
  Call call;
  const at::Tensor all = network->forward(x, c, {}, call);
  const at::Tensor one = network->forward(x.narrow(0, 1, 1), c.narrow(0, 1, 1), {}, call);
  EXPECT_LT(test::max_difference(all.narrow(0, 1, 1), one), 1e-5);
}

TEST(Series, SaysWhatItsWindowsAre) {
  const SeriesWindow w = series_window(test::small_series(), "test");
  EXPECT_EQ(w.length, 16);
  EXPECT_EQ(w.context(), 12);
  EXPECT_EQ(std::string(name_of(w.scaling)), "mean");
  nlohmann::json plain = test::small_series();
  plain.erase("horizon");
  plain["scaling"] = "standard";
  EXPECT_EQ(series_window(plain, "test").horizon, 3);
  EXPECT_EQ(series_window(plain, "test").scaling, SeriesScaling::standard);
  testing::expect_error(ErrorKind::unsupported, {"fashion", "unet", "time series"},
                        [] { series_window(test::small_unet(), "fashion"); });
}

TEST(Series, BadConfigurationsAreRefusedWithTheField) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"shape": [16]})", "[channels, length]"},
      {R"({"shape": [1, 18]})", "patches of 4"},
      {R"({"horizon": 16})", "'horizon' must be in 0..15"},
      {R"({"scaling": "max"})", "'scaling' must be one of mean, standard"},
      {R"({"heads": 3})", "3 heads"},
      {R"({"with": 4})", "unknown field 'with'"}};
  for (const auto& [change, says] : table) {
    nlohmann::json config = test::small_series();
    config.merge_patch(nlohmann::json::parse(change));
    testing::expect_error(ErrorKind::option, {"place", says}, [&] { make_network(config, "place"); });
  }
}

}  // namespace
}  // namespace ulam::series_test
