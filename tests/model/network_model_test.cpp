#include "ulam/model/network_model.h"

#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::network_model_test {
namespace {

std::shared_ptr<const NetworkModel> model_of(const nlohmann::json& config, ModelInfo info = {}) {
  info.name = "small";
  return std::make_shared<const NetworkModel>(std::shared_ptr<const Network>(test::filled(config)), info);
}

TEST(NetworkModel, InputsHaveUnitVarianceAndBoundedNoiseLevel) {
  const Path path = Path::edm();
  const at::Tensor x = test::normals({3, 4}, 1);
  const at::Tensor t = at::tensor({0.0, 1.0, 1e9}, at::kDouble);
  const ScaledInput in = scale_input(path, 0.5, x, t);
  EXPECT_NEAR(in.x[1][0].item<double>(), x[1][0].item<double>() / std::sqrt(1.25), 1e-6);
  EXPECT_EQ(in.c_noise[0].item<double>(), -3);
  EXPECT_NEAR(in.c_noise[1].item<double>(), 0, 1e-12);
  EXPECT_EQ(in.c_noise[2].item<double>(), 3);
}

// A module that is left out whole is not worked out at all, and ends with the bits of one left out row by
// row.
TEST(NetworkModel, LeavingAModuleOutForAllRowsIsTheSameAsForEach) {
  for (const nlohmann::json& config : {test::small_mlp(), test::small_unet()}) {
    ModelInfo info;
    info.head.kind = Prediction::noise;
    const auto model = model_of(config, info);
    std::vector<std::int64_t> shape = model->info().shape;
    shape.insert(shape.begin(), 3);
    const at::Tensor x = test::normals(shape, 1), t = at::full({3}, 0.7, at::kDouble);
    const std::vector<std::string> modules = modules_to_leave_out(model->info());
    EXPECT_FALSE(modules.empty());
    Call plain;
    const at::Tensor whole = model->forward(x, t, {}, plain);
    for (const std::string& module : modules) {
      Call all, each;
      all.perturbations.push_back({module, Perturbation::Kind::skip, 1, {}});
      each.perturbations.push_back({module, Perturbation::Kind::skip, 1, at::ones({3}, at::kBool)});
      const at::Tensor one = model->forward(x, t, {}, all);
      EXPECT_TRUE(at::equal(one, model->forward(x, t, {}, each))) << module;
      EXPECT_FALSE(at::equal(one, whole)) << module;
    }
  }
}

TEST(NetworkModel, TheHashSeesEveryWeightAndThePath) {
  const auto network = std::shared_ptr<Network>(test::filled(test::small_mlp()));
  ModelInfo info, flow;
  flow.path = Path::flow();
  const auto base = NetworkModel(network, info).info().hash;
  EXPECT_EQ(NetworkModel(network, info).info().hash, base);
  EXPECT_NE(NetworkModel(network, flow).info().hash, base);
  at::Tensor(network->parameters().list().back().tensor)[0] += 1e-3;
  EXPECT_NE(NetworkModel(network, info).info().hash, base);
}

TEST(NetworkModel, WrongRowsAreRefusedInOneSentence) {
  const auto model = model_of(test::small_mlp());
  Call call;
  const at::Tensor t = at::ones({2}, at::kDouble);
  EXPECT_THROW(model->forward(at::zeros({2, 4}), t, {}, call), Error);
  EXPECT_THROW(model->forward(at::zeros({2, 5}, at::kDouble), t, {}, call), Error);
  EXPECT_THROW(model->forward(at::zeros({2, 5}), at::ones({3}, at::kDouble), {}, call), Error);
  EXPECT_THROW(model->forward(at::zeros({2, 5}), at::ones({2}), {}, call), Error);
  EXPECT_EQ(model->forward(at::zeros({0, 5}), at::ones({0}, at::kDouble), {}, call).size(0), 0);
}

TEST(NetworkModel, UnknownTapsAndPerturbationsAreNamedBeforeTheCall) {
  const auto model = model_of(test::small_mlp());
  Call tap, change;
  tap.wanted_taps = {"nowhere"};
  change.perturbations = {{"layer0", Perturbation::Kind::identity_attention, 1, {}}};
  EXPECT_THROW(check_call(model->info(), tap), Error);
  EXPECT_THROW(check_call(model->info(), change), Error);
}

TEST(NetworkModel, AClassifierSaysWhatItsLogitsMean) {
  ModelInfo info;
  info.conditions.push_back({"label", 3, true, {"a", "b", "c"}});
  const auto model = model_of(test::small_classifier(), info);
  EXPECT_EQ(model->info().outputs, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(model->info().conditions.empty());
  info.conditions[0].class_names.pop_back();
  EXPECT_THROW(model_of(test::small_classifier(), info), Error);
}

}  // namespace
}  // namespace ulam::network_model_test
