#include "ulam/learn/objective.h"

#include "tests/learn/support.h"
#include "tests/model/support.h"
#include <cmath>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/model/network_model.h"

namespace ulam::objective_test {
namespace {

Batch batch_of(std::int64_t n, std::uint64_t first = 0) {
  Batch b;
  const Dataset d = test::squares(n);
  b.x0 = pictures_to_float(d.images, -1, 1);
  b.labels = d.labels;
  for (std::int64_t i = 0; i < n; ++i) b.rows.push_back(first + static_cast<std::uint64_t>(i));
  b.seed = 1;
  return b;
}

// A network that predicts 0 has, per head, a loss in closed form: E|target|^2.
TEST(Objective, ZeroPredictionHasTheClosedFormLoss) {
  const auto network = make_network(test::small_unet(), "test");
  network->parameters().initialise(1);
  const Batch b = batch_of(512);
  const double power = b.x0.square().mean().item<double>();
  DenoisingOptions o;
  o.head = {Prediction::noise, 0.5};
  o.path = Path::flow();
  o.levels.log_normal = false;
  // 5 sigma of the mean of 512 * 64 squared normals.
  EXPECT_NEAR(denoising_objective(o)->loss(*network, b).item<double>(), 1, 5 * std::sqrt(2.0 / (512 * 64)));
  o.head.kind = Prediction::flow;  // target eps - x0
  EXPECT_NEAR(denoising_objective(o)->loss(*network, b).item<double>(), 1 + power, 0.1);
  // EDM at one level: target = (x0 - c_skip x) / c_out with unit weight.
  o.head = {Prediction::edm, 0.5};
  o.path = Path::edm();
  o.levels.log_normal = true;
  o.levels.log_mean = std::log(0.5);
  o.levels.log_deviation = 0;
  const double c_skip = 0.5, c_out2 = 0.125;
  EXPECT_NEAR(denoising_objective(o)->loss(*network, b).item<double>(),
              ((1 - c_skip) * (1 - c_skip) * power + c_skip * c_skip * 0.25) / c_out2, 0.05);
}

TEST(Objective, ARowsLossDoesNotDependOnItsBatch) {
  const auto network = test::filled(test::small_unet());
  const auto objective = denoising_objective({});
  const double both = objective->loss(*network, batch_of(2)).item<double>();
  Batch first = batch_of(2), second = batch_of(2);
  first.x0 = first.x0.slice(0, 0, 1), first.labels = first.labels.slice(0, 0, 1), first.rows = {0};
  second.x0 = second.x0.slice(0, 1, 2), second.labels = second.labels.slice(0, 1, 2), second.rows = {1};
  const double mean =
      (objective->loss(*network, first).item<double>() + objective->loss(*network, second).item<double>()) /
      2;
  EXPECT_NEAR(both, mean, 1e-5 * both);
}

TEST(Objective, FullClassDropoutForgetsTheLabels) {
  const auto network = test::filled(test::small_unet());
  DenoisingOptions o;
  o.class_dropout = 1;
  Batch a = batch_of(4), b = batch_of(4);
  b.labels = 1 - b.labels;
  EXPECT_EQ(denoising_objective(o)->loss(*network, a).item<double>(),
            denoising_objective(o)->loss(*network, b).item<double>());
  o.class_dropout = 0;
  EXPECT_NE(denoising_objective(o)->loss(*network, a).item<double>(),
            denoising_objective(o)->loss(*network, b).item<double>());
}

TEST(Objective, AClassifierThatKnowsNothingHasLogClasses) {
  const auto network = make_network(test::small_classifier(), "test");
  network->parameters().initialise(1);
  for (const NamedTensor& p : network->parameters().list())
    if (p.name == "head.weight") at::Tensor(p.tensor).zero_();
  const auto objective = classification_objective(0, {}, Path::edm());
  EXPECT_NEAR(objective->loss(*network, batch_of(8)).item<double>(), std::log(3.0), 1e-6);
  const auto lines = objective->validate(*network, batch_of(8));
  EXPECT_EQ(lines.at(0).level, "accuracy");
  EXPECT_NEAR(lines.at(0).value, 0.5, 1e-9);  // the first of equal logits, label 0, is half of the rows
}

// With levels the classifier sees x0 + s z at the level s, z keyed by the row.
TEST(Objective, AClassifierOfNoisedRowsSeesThemAndTheirLevel) {
  nlohmann::json config = test::small_classifier();
  config["noise_aware"] = true;
  const auto network = test::filled(config);
  NoiseLevels levels;
  levels.log_deviation = 0;
  levels.log_mean = std::log(0.8);
  const Batch b = batch_of(8, 5);
  at::Tensor z = at::empty_like(b.x0, at::MemoryFormat::Contiguous);
  for (std::size_t i = 0; i < 8; ++i)
    kernels::fill_normal({make_key(b.seed, Stream::train), b.rows[i], 0}, 0,
                         std::span<float>(z.data_ptr<float>() + i * z.numel() / 8, z.numel() / 8));
  const ScaledInput in =
      scale_input(Path::edm(), Head{}.sigma_data, b.x0 + z * 0.8, at::full({8}, 0.8, at::kDouble));
  Call call;
  const double expected =
      at::cross_entropy_loss(network->forward(in.x, in.c_noise, {}, call), b.labels).item<double>();
  const auto objective = classification_objective(0, {}, Path::edm(), levels);
  EXPECT_NEAR(objective->loss(*network, b).item<double>(), expected, 1e-5 * expected);
  const auto lines = objective->validate(*network, b);
  EXPECT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines.at(2).level, "accuracy at sigma 0.5");
}

TEST(Objective, AugmentationIsKeyedAndKeepsTheContent) {
  const Batch b = batch_of(64);
  EXPECT_TRUE(at::equal(augment(b, "none"), b.x0));
  EXPECT_TRUE(at::equal(augment(b, "flip+shift"), augment(b, "flip+shift")));
  const at::Tensor flipped = augment(b, "flip");
  int changed = 0;
  for (int i = 0; i < 64; ++i) {
    const bool same = at::equal(flipped[i], b.x0[i]);
    EXPECT_TRUE(same || at::equal(flipped[i], b.x0[i].flip({2})));
    changed += same ? 0 : 1;
  }
  EXPECT_GT(changed, 10);
  EXPECT_LT(changed, 54);
}

}  // namespace
}  // namespace ulam::objective_test
