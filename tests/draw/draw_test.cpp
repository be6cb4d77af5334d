#include "ulam/draw/draw.h"

#include "support.h"
#include <numeric>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace ulam::draw_test {
namespace {

using testing::column;
using testing::error_text;
using testing::tp1;

TEST(Draw, ForeignNoiseGivesThePublishedNumber) {
  DrawRequest request{Field(tp1())};
  request.solver = "ddim";
  request.grid = "time2";
  request.steps = 10;
  request.noise = column({.3});
  EXPECT_NEAR(draw(request).samples.item<double>(), .2023592632, 1e-10);
  EXPECT_EQ(request.noise.item<double>(), .3);  // the caller's tensor is not written to
}

TEST(Draw, ExplicitTimesAreTheGrid) {
  DrawRequest request{Field(tp1())};
  request.noise = column({.3});
  request.steps = 10;
  request.grid = "time2";
  const at::Tensor a = draw(request).samples;
  request.times = make_grid("time2", Path::vp(), 10);
  request.steps = 3;
  EXPECT_TRUE(at::equal(draw(request).samples, a));
  request.times = {.5, .6};
  EXPECT_NE(error_text([&] { draw(request); }), "");
}

TEST(Draw, SolverMayNameItsGrid) {
  DrawRequest request{Field(tp1())};
  request.solver = "ddim:grid=logsnr";
  request.steps = 10;
  request.noise = column({.3});
  EXPECT_NEAR(draw(request).samples.item<double>(), .1684721634, 1e-10);
}

TEST(Draw, StartIsKeyedNoiseTimesTheScaleOfTheFirstTime) {
  const auto model = std::make_shared<testing::MixtureModel>(
      Path::edm(), Head{Prediction::data, .5}, testing::tp1_components(), std::vector<std::int64_t>{2, 3});
  const SolverProcess process(make_plan("ddim", "karras", 4, Path::edm(), model->info().head), Field(model),
                              {.seed = 21});
  const std::vector<std::uint64_t> ids{7, 3};
  const at::Tensor z = keyed_normal(21, Stream::start, ids, 0, model->info().shape, at::kDouble);
  EXPECT_TRUE(at::equal(process.start(ids).x, z * 80.));
  EXPECT_EQ(z.sizes(), (std::vector<std::int64_t>{2, 2, 3}));
}

// Rows large enough that the fused pass really uses its threads.
TEST(Draw, BitsDoNotDependOnThreads) {
  const auto model = std::make_shared<testing::MixtureModel>(
      Path::vp(), Head{}, std::vector<testing::Component>{{1, .3, .2}}, std::vector<std::int64_t>{100000});
  DrawRequest request{Field(model)};
  request.solver = "ddpm";
  request.steps = 2;
  request.count = 8;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = draw(request).samples;
  at::set_num_threads(2);
  const at::Tensor two = draw(request).samples;
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(one, two));
}

TEST(Draw, ConditionsFollowTheirRows) {
  const auto model = tp1();
  DrawRequest request{Field(model, 2)};
  request.count = 5;
  request.batch = 3;
  request.conditions["shift"] = at::arange(5, at::kDouble) * 10;
  const at::Tensor x = draw(request).samples;
  for (int i = 0; i < 5; ++i) {
    DrawRequest one{Field(model)};
    one.ids = {std::uint64_t(i)};
    one.conditions["shift"] = at::full({1}, 10. * i, at::kDouble);
    EXPECT_TRUE(at::equal(draw(one).samples[0], x[i]));
    EXPECT_NEAR(x[i].item<double>(), 10 * i, 4);
  }
}

TEST(Draw, ShrinksToTheCapAndRefusesLessThanOneRow) {
  const auto model = tp1();
  DrawRequest request{Field(model)};
  request.solver = "heun";
  request.steps = 5;
  request.count = 8;
  request.cap = 35;
  const DrawResult result = draw(request);
  EXPECT_EQ(result.samples.size(0), 3);
  EXPECT_EQ(result.ids, (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_TRUE(result.shrunk);
  EXPECT_EQ(result.spent.evaluations, 30);
  EXPECT_EQ(model->rows, 30);
  request.cap = 9;
  EXPECT_NE(error_text([&] { draw(request); }).find("costs 10 evaluations, the cap allows 9"),
            std::string::npos);
}

TEST(Draw, CancelReturnsTheFinishedChunks) {
  const auto model = tp1();
  DrawRequest request{Field(model)};
  request.count = 6;
  request.batch = 2;
  request.steps = 4;
  const at::Tensor all = draw(request).samples;
  CancelToken token;
  std::int64_t seen = 0;
  request.watch.cancel = &token;
  request.watch.progress = [&](const Progress& p) {
    seen = p.done;
    EXPECT_EQ(p.total, 24);
    if (p.done >= 12) token.cancel();
  };
  const DrawResult result = draw(request);
  EXPECT_TRUE(result.cancelled);
  EXPECT_EQ(result.ids, (std::vector<std::uint64_t>{0, 1}));
  EXPECT_TRUE(at::equal(result.samples, all.narrow(0, 0, 2)));
  EXPECT_EQ(seen, 12);
}

TEST(Draw, CancelledBeforeAnythingFinishedReturnsNoRows) {
  DrawRequest request{Field(tp1())};
  CancelToken token;
  token.cancel();
  request.watch.cancel = &token;
  const DrawResult result = draw(request);
  EXPECT_TRUE(result.cancelled);
  EXPECT_EQ(result.samples.sizes(), (std::vector<std::int64_t>{0, 1}));
}

TEST(Draw, PictureIsRenoisedToItsLevelAndFinished) {
  const auto model = tp1();
  DrawRequest request{Field(model)};
  request.steps = 10;
  request.grid = "time2";
  request.picture = column({.4, -1.});
  request.count = 2;
  request.entry = 8;
  const DrawResult result = draw(request);
  EXPECT_EQ(result.spent.evaluations, 4);
  EXPECT_LT((result.samples - request.picture).abs().max().item<double>(), .5);  // s at level 8 is about .09
  request.entry = 11;
  EXPECT_NE(error_text([&] { draw(request); }).find("0 to 10"), std::string::npos);
}

TEST(Draw, RefusesBadRequestsBeforeAnyEvaluation) {
  const auto model = tp1();
  const auto text = [&](const std::function<void(DrawRequest&)>& change) {
    DrawRequest request{Field(model)};
    change(request);
    return error_text([&] { draw(request); });
  };
  EXPECT_NE(text([](auto& r) { r.solver = "hune"; }).find("heun"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.solver = "ddim:eta=2"; }).find("eta"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.solver = "ddim:etta=1"; }).find("eta"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.count = 0; }).find("at least 1"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.noise = column({1., 2.}); }).find("1 rows needed"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.noise = at::zeros({1, 2}); }).find("[1, 2]"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.noise = column({std::nan("")}); }).find("NaN"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.entry = 2; }).find("picture"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.batch = -2; }).find("batch"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.steps = 0; }), "");
  EXPECT_NE(text([](auto& r) { r.grid = "nogrid"; }), "");
  EXPECT_NE(text([](auto& r) { r.conditions["shift"] = column({1., 2.}); }).find("shift"), std::string::npos);
  EXPECT_NE(text([](auto& r) { r.plan = make_plan("ddim", "time", 4, Path::flow(), Head{}); }).find("path"),
            std::string::npos);
  EXPECT_EQ(model->calls, 0);
}

TEST(Draw, SecondsComeFromTheInjectedClock) {
  DrawRequest request{Field(tp1())};
  double now = 0;
  request.watch.clock = [&] { return now += 1; };
  request.steps = 2;
  const DrawResult result = draw(request);
  EXPECT_EQ(result.spent.network_seconds, 2);
  EXPECT_EQ(result.spent.seconds, 5);
}

}  // namespace
}  // namespace ulam::draw_test
