// DDIM backwards: broken if a step were not the draw's own read upwards.
#include "ulam/draw/invert.h"

#include "tests/draw/support.h"
#include "tests/errors.h"

#include <gtest/gtest.h>

#include "ulam/draw/draw.h"

namespace ulam::invert_test {
namespace {

using testing::expect_error;

at::Tensor data() { return at::sin(at::arange(16, at::kDouble) * 2.3).view({16, 1}) * 1.2; }

/// There and back with DDIM, root mean square of what is missed.
double missed(const ModelPtr& model, int steps) {
  const ModelInfo& info = model->info();
  const Plan plan = make_plan("ddim", "", steps, info.path, info.head);
  Ledger ledger;
  const at::Tensor nodes = invert(Field(model), data(), plan.times, {}, ledger, {});
  DrawRequest r{Field(model)};
  r.plan = plan;
  r.count = 16;
  r.noise = nodes.select(1, 0).contiguous();
  return (draw(r).samples - data()).square().mean().sqrt().item<double>();
}

TEST(Invert, ThereAndBackMissesOneOverTheSteps) {
  const ModelPtr model = testing::tp1(Prediction::noise, Path::edm());
  const double coarse = missed(model, 80), fine = missed(model, 160), finest = missed(model, 320);
  EXPECT_LT(finest, .02);
  EXPECT_NEAR(std::log2(coarse / fine), 1, .25);
  EXPECT_NEAR(std::log2(fine / finest), 1, .25);
}

// Against the formula with the model asked by hand, on paths with and without a shrinking signal.
TEST(Invert, EachNodeIsAStepAboveTheOneBefore) {
  for (const Path& path : {Path::edm(), Path::vp()}) {
    const ModelPtr model = testing::tp1(Prediction::noise, path);
    const ModelInfo& info = model->info();
    const Plan plan = make_plan("ddim", "", 7, info.path, info.head);
    Ledger ledger;
    const at::Tensor nodes = invert(Field(model), data(), plan.times, {}, ledger, {});
    ASSERT_EQ(nodes.sizes(), (at::IntArrayRef{16, 8, 1}));
    EXPECT_EQ(ledger.spent().evaluations, 7 * 16);
    EXPECT_TRUE(at::equal(nodes.select(1, 7), data() * info.path.at(plan.times[7]).a));
    for (std::size_t i = 7; i > 0; --i) {
      const Marginal below = info.path.at(plan.times[i]), above = info.path.at(plan.times[i - 1]);
      const at::Tensor x = nodes.select(1, static_cast<std::int64_t>(i));
      const double asked = below.s > 0 ? plan.times[i] : plan.times[i - 1];
      const Marginal m = info.path.at(asked);
      Call call;
      const at::Tensor p = model->forward(x, at::full({16}, asked, at::kDouble), {}, call);
      const Affine d = to_data(info.head, m);
      const at::Tensor noise = (x - (x * d.of_x + p * d.of_p) * m.a) / m.s;
      const at::Tensor expected = x * (above.a / below.a) + noise * (above.s - above.a / below.a * below.s);
      EXPECT_LT((nodes.select(1, static_cast<std::int64_t>(i) - 1) - expected).abs().max().item<double>(),
                1e-9)
          << testing::path_name(path) << ' ' << i;
    }
  }
}

TEST(Invert, OddTimesAndCancelling) {
  const ModelPtr model = testing::tp1(Prediction::noise, Path::edm());
  Ledger ledger;
  expect_error(ErrorKind::option, {"invert", "at least 2"},
               [&] { invert(Field(model), data(), {1}, {}, ledger, {}); });
  expect_error(ErrorKind::option, {"invert", "does not fall"}, [&] {
    invert(Field(model), data(), {1, 1}, {}, ledger, {});
  });
  CancelToken cancel;
  cancel.cancel();
  EXPECT_FALSE(invert(Field(model), data(), {1, .5}, {}, ledger, {{}, &cancel, {}}).defined());
  EXPECT_EQ(ledger.spent().evaluations, 0);
}

}  // namespace
}  // namespace ulam::invert_test
