#include "ulam/model/network.h"

#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::network_test {
namespace {

TEST(Network, EveryCatalogueEntryIsMadeByItsName) {
  for (const nlohmann::json& config :
       {test::small_unet(), test::small_mlp(), test::small_classifier(), test::small_series(), nlohmann::json{{"kind", "cifar_resnet"}},
        nlohmann::json{{"kind", "csdi"}, {"shape", {3, 5}}}, nlohmann::json{{"kind", "plain_cnn"}, {"shape", {1, 8, 8}}}}) {
    const auto network = make_network(config, "test");
    EXPECT_EQ(network->config(), config);
    EXPECT_GT(network->parameters().count(), 0);
    EXPECT_GT(network->flops_per_row(), 0);
  }
  EXPECT_EQ(networks().size(), 7u);
}

TEST(Network, FreshNetworksPredictZero) {
  for (const nlohmann::json& config : {test::small_unet(), test::small_mlp(), test::small_series()}) {
    const auto network = make_network(config, "test");
    network->parameters().initialise(1);
    std::vector<std::int64_t> shape = network->shape();
    shape.insert(shape.begin(), 2);
    Call call;
    EXPECT_EQ(network->forward(test::normals(shape, 1), at::zeros({2}), {}, call).abs().max().item<double>(),
              0);
  }
}

TEST(Network, LabelRowsWithoutANullClassAreNeeded) {
  EXPECT_THROW(label_rows({}, 2, 3, false, at::kCPU), Error);
  EXPECT_EQ(label_rows({}, 2, 3, true, at::kCPU)[1].item<std::int64_t>(), 3);
}

}  // namespace
}  // namespace ulam::network_test
