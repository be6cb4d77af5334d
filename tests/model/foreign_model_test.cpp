// Bundles whose network is a program: opened with trust alone, told what model.json says, held to their
// shapes.
#include "ulam/model/foreign_model.h"

#include "tests/io/support.h"
#include "tests/model/script_support.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/model/model_folder.h"
#include "ulam/model/network_model.h"

namespace ulam::foreign_model_test {
namespace {
using io::test::TempFolder;
using testing::expect_error;

struct Foreign : ::testing::Test {
  TempFolder folder;
  std::string own = folder / "script";
  ModelPtr opened(const nlohmann::json& network = nlohmann::json::object(),
                  const std::string& source = test::script_source) {
    test::write_script_bundle(own, test::script_config(network), source);
    return load_foreign_bundle(own, Trust::code);
  }
  static at::Tensor answer(const Model& model, const at::Tensor& x, const Conditions& conditions = {}) {
    Call call;
    return model.forward(x, at::tensor({.5, 2.}, at::kDouble), conditions, call);
  }
};

// The archive here would be refused too, but for another reason: it is not even read.
TEST_F(Foreign, WithoutTrustNothingOfTheFileIsRead) {
  test::write_script_bundle(own, test::script_config());
  io::write_file_atomic(own + "/network.pt", "no archive");
  expect_error(ErrorKind::option, {"network.pt", "TorchScript", "can run any code", "--trust", "trust=True"},
               [&] { load_foreign_bundle(own, Trust::none); });
  expect_error(ErrorKind::option, {"--trust"}, [&] { load_model_folder(own); });
  expect_error(ErrorKind::file, {"network.pt", "no TorchScript archive"},
               [&] { load_model_folder(own, Trust::code); });
  EXPECT_TRUE(needs_trust(own));
  expect_error(ErrorKind::unsupported, {"torchscript", "drawn from"}, [&] { load_bundle(own); });
}

TEST_F(Foreign, IsAModelWithClasses) {
  const ModelPtr model = opened();
  EXPECT_EQ(model->info().shape, (std::vector<std::int64_t>{2}));
  ASSERT_EQ(model->info().conditions.size(), 1u);
  EXPECT_EQ(model->info().conditions[0].classes, 3);
  EXPECT_TRUE(model->info().conditions[0].null_class);
  EXPECT_NE(model->info().hash, 0u);
  const at::Tensor x = at::ones({2, 2});
  // No label is the null class.
  EXPECT_TRUE(at::equal(answer(*model, x), answer(*model, x, {{"label", at::full({2}, 3, at::kLong)}})));
  EXPECT_FALSE(at::equal(answer(*model, x), answer(*model, x, {{"label", at::full({2}, 1, at::kLong)}})));
  expect_error(ErrorKind::option, {"label 4"}, [&] {
    answer(*model, x, {{"label", at::full({2}, 4, at::kLong)}});
  });
  expect_error(ErrorKind::unsupported, {"'depth'"}, [&] { answer(*model, x, {{"depth", x}}); });
  Call call;
  call.wanted_taps = {"features"};
  expect_error(ErrorKind::unsupported, {"features"},
               [&] { model->forward(x, at::ones({2}, at::kDouble), {}, call); });
  const FolderCard card = read_folder_card(own);
  EXPECT_EQ(card.kind, "torchscript");
  EXPECT_EQ(card.classes, 3);
  EXPECT_GT(card.bytes, 100u);
}

TEST_F(Foreign, IsDifferentiableInX) {
  const ModelPtr model = opened();
  const at::Tensor x = at::ones({2, 2}).requires_grad_(true);
  const at::Tensor y = answer(*model, x);
  y.sum().backward();
  EXPECT_NEAR(x.grad()[0][0].item<double>(), .25 / (.25 + .25), 1e-6);
  EXPECT_NEAR(x.grad()[1][0].item<double>(), .25 / (.25 + 4), 1e-6);
}

// What forward is given, word for word: it answers with its own arguments.
TEST_F(Foreign, IsToldWhatTheBundleSays) {
  const char* time = "def forward(self, x, t):\n    return t.reshape([-1, 1]).expand_as(x)\n";
  const char* input = "def forward(self, x, t):\n    return x\n";
  const nlohmann::json plain = {{"classes", 0}, {"null_class", false}};
  const at::Tensor x = test::normals({2, 2}, 3), t = at::tensor({.5, 2.}, at::kDouble);
  const auto with = [&](nlohmann::json more) {
    more.merge_patch(plain);
    return more;
  };
  const ScaledInput scaled = scale_input(Path::edm(), .5, x, t);
  EXPECT_TRUE(at::equal(answer(*opened(plain, time), x), t.to(at::kFloat).view({2, 1}).expand({2, 2})));
  EXPECT_TRUE(at::equal(answer(*opened(with({{"time", "c_noise"}}), time), x),
                        scaled.c_noise.view({2, 1}).expand({2, 2})));
  EXPECT_TRUE(at::equal(answer(*opened(plain, input), x), x));
  EXPECT_TRUE(at::equal(answer(*opened(with({{"input", "scaled"}}), input), x), scaled.x));
  // The state itself never comes back: solvers write over it.
  EXPECT_FALSE(answer(*opened(plain, input), x).is_alias_of(x));
}

TEST_F(Foreign, AnAnswerOfAnotherShapeOrTypeIsRefused) {
  const nlohmann::json plain = {{"classes", 0}, {"null_class", false}};
  for (const char* body : {"return t", "return x[:, :1]", "return x.double()", "return x[:1]"}) {
    const ModelPtr model = opened(plain, std::string("def forward(self, x, t):\n    ") + body + "\n");
    expect_error(ErrorKind::shape, {"model 'script'", "answered with", "Float [2, 2]"}, [&] {
      answer(*model, at::ones({2, 2}));
    });
  }
}

TEST_F(Foreign, OtherNumbersOrAnotherMeaningAreAnotherModel) {
  const std::uint64_t first = opened()->info().hash;
  EXPECT_EQ(opened()->info().hash, first);
  EXPECT_NE(opened({{"time", "c_noise"}})->info().hash, first);
  test::write_script(own + "/network.pt", test::script_source, .5);
  io::write_json(own + "/model.json", test::script_config());
  EXPECT_NE(load_foreign_bundle(own, Trust::code)->info().hash, first);
}

}  // namespace
}  // namespace ulam::foreign_model_test
