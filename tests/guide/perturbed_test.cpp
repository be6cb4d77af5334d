#include "ulam/guide/perturbed.h"

#include "tests/guide/support.h"
#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/model/network_model.h"

namespace ulam::perturbed_test {
namespace {

using guide_test::one;
using testing::expect_error;

ModelPtr network() {
  ModelInfo info;
  info.name = "small";
  info.head = {Prediction::edm, 0.5};
  return std::make_shared<NetworkModel>(std::shared_ptr<const Network>(test::filled(test::small_unet())),
                                        info);
}
at::Tensor pictures() { return test::normals({3, 1, 8, 8}, 1); }
Conditions some_labels() { return {{"label", at::arange(3, at::kLong)}}; }

guide_test::Priced answer(const ModelPtr& model, const Terms& terms) {
  const Conditions c = some_labels();
  return guide_test::ask(model, terms, 0.7, pictures(), &c);
}
at::Tensor disturbed(const ModelPtr& model, const std::vector<Perturbation>& perturbations) {
  Call call;
  call.perturbations = perturbations;
  at::NoGradGuard guard;
  return model->forward(pictures(), at::full({3}, 0.7, at::kDouble), some_labels(), call);
}

TEST(Perturbed, MovesAwayFromTheDisturbedAnswer) {
  const ModelPtr model = network();
  const at::Tensor plain = answer(model, {}).prediction;
  using Kind = Perturbation::Kind;
  for (const auto& [spec, kind, module, strength] :
       {std::tuple{"pag:strength=2,modules=mid.attention0", Kind::identity_attention, "mid.attention0", 1.0},
        {"seg:strength=2,modules=mid.attention0,blur=1.5", Kind::blurred_attention, "mid.attention0", 1.5},
        {"slg:strength=2,modules=up1.block0", Kind::skip, "up1.block0", 1.0}}) {
    const at::Tensor off = disturbed(model, {{module, kind, strength, {}}});
    ASSERT_GT(guide_test::largest(off - plain), 1e-3) << spec;
    const auto guided = answer(model, one(spec));
    EXPECT_LT(guide_test::largest(guided.prediction - (plain + 2 * (plain - off))), 1e-5) << spec;
    EXPECT_EQ(guided.evaluations, 6) << spec;
  }
}

TEST(Perturbed, StrengthZeroIsTheModelItself) {
  const ModelPtr model = network();
  const auto off = answer(model, one("pag:strength=0")), plain = answer(model, {});
  EXPECT_TRUE(at::equal(off.prediction, plain.prediction));
  EXPECT_EQ(off.evaluations, 3);
}

// The papers disturb the middle of the network.
TEST(Perturbed, TheMiddleIsTheDefault) {
  const ModelPtr model = network();
  EXPECT_TRUE(at::equal(answer(model, one("pag:strength=1")).prediction,
                        answer(model, one("pag:strength=1,modules=mid.attention0")).prediction));
  EXPECT_TRUE(at::equal(answer(model, one("slg:strength=1")).prediction,
                        answer(model, one("slg:strength=1,modules=mid.block0/mid.attention0")).prediction));
}

// Two terms that need the plain answer share it; each pays for its own disturbed one.
TEST(Perturbed, TermsShareWhatBothAsk) {
  const ModelPtr model = network();
  const auto both =
      answer(model, {one("cfg:scale=3")[0], one("pag:strength=2")[0], one("slg:strength=1")[0]});
  EXPECT_EQ(both.evaluations, 12);
  const at::Tensor plain = answer(model, {}).prediction;
  at::Tensor sum = plain;
  for (const char* spec : {"cfg:scale=3", "pag:strength=2", "slg:strength=1"})
    sum = sum + answer(model, one(spec)).prediction - plain;
  EXPECT_LT(guide_test::largest(both.prediction - sum), 1e-5);
}

TEST(Perturbed, ModelsWithoutSuchModulesAreRefused) {
  expect_error(ErrorKind::unsupported, {"pag", "attention"},
               [] { Field(guide_test::classes(), 0, {}, one("pag")); });
  expect_error(ErrorKind::option, {"'mid.attention7'", "mid.attention0"},
               [] { Field(network(), 0, {}, one("pag:modules=mid.attention7")); });
}

}  // namespace
}  // namespace ulam::perturbed_test
