// The published ResNet-56 on real pictures.
#include "tests/model/published_weights.h"
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/npy.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"
#include "ulam/model/network.h"

namespace ulam::cifar_resnet_long {
namespace {

// Published (akamaster/pytorch_resnet_cifar10): 93.39 % of the 10,000 test pictures. Here on the first 932 of
// them, within five standard deviations, +- 4.1 %.
TEST(CifarResnet, RecognisesThePicturesAsPublishedStatistically) {
  const std::string weights = test::published_file("cifar10-resnet56.safetensors"),
                    pictures = test::published_file("../cifar10-subset/test932.images.npy"),
                    answers = test::published_file("../cifar10-subset/test932.labels.npy");
  if (weights.empty() || pictures.empty() || answers.empty()) GTEST_SKIP() << test::no_published;
  const auto network = make_network({{"kind", "cifar_resnet"}, {"depth", 56}}, "test");
  network->parameters().load(io::read_safetensors(weights), weights);
  at::NoGradGuard off;
  const at::Tensor x = to_tensor(io::read_npy(pictures)).permute({0, 3, 1, 2}).to(at::kFloat) / 127.5 - 1;
  const at::Tensor labels = to_tensor(io::read_npy(answers)).to(at::kLong);
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < x.size(0); first += 64) {
    const at::Tensor part = x.slice(0, first, first + 64);
    Call call;
    const at::Tensor found = network->forward(part, at::zeros({part.size(0)}), {}, call).argmax(1);
    right += found.eq(labels.slice(0, first, first + 64)).sum().item<std::int64_t>();
  }
  const double accuracy = static_cast<double>(right) / static_cast<double>(x.size(0));
  EXPECT_NEAR(accuracy, .9339, 5 * std::sqrt(.9339 * .0661 / 932));
  EXPECT_NEAR(accuracy, .926, .002);  // what PyTorch finds on these pictures
}

}  // namespace
}  // namespace ulam::cifar_resnet_long
