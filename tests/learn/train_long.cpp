// Training approaches the best denoiser there is: on a data set of 50 known pictures that denoiser is exact.
#include "tests/learn/support.h"
#include "tests/model/support.h"
#include <cmath>
#include <cstdio>

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/learn/trainer.h"
#include "ulam/model/network_model.h"
#include "ulam/problems/points.h"
#include "ulam/problems/problem.h"

namespace ulam::train_long {
namespace {

// 8 x 8 squares at 25 places, bright or dark, seen in both orders: every picture there is.
Dataset every_square() {
  Dataset d;
  d.source = "squares";
  d.images = at::full({50, 1, 8, 8}, 128, at::kByte);
  for (std::int64_t i = 0; i < 50; ++i)
    d.images[i][0]
        .slice(0, i / 10, i / 10 + 4)
        .slice(1, i / 2 % 5, i / 2 % 5 + 4)
        .fill_(i % 2 == 0 ? 255 : 0);
  return d;
}

// Mean square error of D against x0 at sigma, over `rows` noisy pictures, and that of the ideal denoiser on
// the same rows. No denoiser beats the ideal one on average.
TEST(TrainLong, StatisticalTheLossComesNearTheIdealDenoisersAndNeverBelowIt) {
  const Dataset data = every_square();
  TrainerOptions options;
  options.steps = 1500;
  options.rate = 3e-3;
  options.warm_up = 100;
  options.decay_share = .5;
  nlohmann::json config = test::small_unet();
  config["classes"] = 0;
  config["channels"] = 24;
  config["groups"] = 8;
  config["embedding"] = 64;
  TrainState state = train_start(config, options, "test");
  DenoisingOptions how;
  how.levels.log_mean = -.5;
  how.class_dropout = 0;
  train_run(state, options, *denoising_objective(how), data, {}, {});

  const at::Tensor pictures = pictures_to_float(data.images, -1, 1);
  const at::Tensor flat = pictures.reshape({50, 64}).to(at::kDouble).contiguous();
  const double* values = flat.data_ptr<double>();
  ProblemSettings settings;
  settings.shape = {1, 8, 8};
  const ProblemPtr ideal = Problem::make(make_points(64, {values, values + flat.numel()}, 0), settings);

  ModelInfo info;
  info.name = "squares";
  info.path = how.path;
  info.head = how.head;
  const NetworkModel trained(state.average, info);
  at::NoGradGuard no_grad;
  const std::int64_t rows = 1000;
  for (const double sigma : {.3, 1., 2., 4., 8.}) {
    const at::Tensor x0 = pictures.repeat({rows / 50, 1, 1, 1});
    const at::Tensor x = x0 + sigma * test::normals({rows, 1, 8, 8}, static_cast<std::uint64_t>(sigma * 100));
    const at::Tensor t = at::full({rows}, sigma, at::kDouble);
    const at::Tensor best = ideal->denoise(x.to(at::kDouble), t) - x0;
    Call call;
    const Affine to_d = to_data(how.head, how.path.at(sigma));
    const at::Tensor error = x * to_d.of_x + trained.forward(x, t, {}, call) * to_d.of_p - x0;
    const at::Tensor network = error.to(at::kDouble).square().mean({1, 2, 3}),
                     floor = best.square().mean({1, 2, 3});
    const double got = network.mean().item<double>(), least = floor.mean().item<double>();
    const double band = 5 * (network - floor).std().item<double>() / std::sqrt(static_cast<double>(rows));
    std::printf("sigma %.1f: mean square error %.4f, ideal denoiser %.4f\n", sigma, got, least);
    EXPECT_GT(got, least - band) << sigma;
    // The prior's variance is the error of a denoiser that knows nothing; a trained one covers 90 % of the
    // way.
    const double prior = (x0 - pictures.mean(0, true)).square().mean().item<double>();
    EXPECT_LT(got - least, .1 * (prior - least) + .01) << sigma;
  }
}

}  // namespace
}  // namespace ulam::train_long
