#include "ulam/model/diffusers_dit.h"

#include "tests/errors.h"
#include "tests/io/support.h"
#include "tests/model/diffusers_support.h"
#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/model/diffusers_weights.h"

namespace ulam::diffusers::diffusers_dit_test {
namespace {
using ulam::test::max_difference;
using ulam::test::normals;

// A block, embedding, position or activation that computes something else than diffusers does, or tensors of
// other names or shapes.
TEST(DiffusersDit, EveryConfigurationAnswersAsDiffusersDoes) {
  io::test::TempFolder folder;
  for (const auto& [name, c] : ulam::test::peer_cases("dit.safetensors")) {
    SCOPED_TRACE(name);
    const std::string where = folder / name;
    ulam::test::write_component(where, c);
    Weights weights(where);
    const auto network = make_dit(c.config, parse_dit(c.config, name), &weights);
    weights.finish();
    Call call;
    at::NoGradGuard no_grad;
    const at::Tensor y =
        network->forward(c.given.at("x"), c.given.at("t"), {{"label", c.given.at("label")}}, call);
    const at::Tensor& wanted = c.given.at("y");
    ASSERT_EQ(y.sizes(), wanted.sizes());
    const double scale = std::max(1.0, wanted.abs().max().item<double>());
    EXPECT_LT((y - wanted).abs().max().item<double>(), 1e-5 * scale);
    EXPECT_GT(wanted.abs().max().item<double>(), 0.05);  // else everything would agree
  }
}

struct SmallDit : ::testing::Test {
  const ulam::test::PeerCase c = ulam::test::peer_cases("dit.safetensors").at("plain");
  io::test::TempFolder folder;
  std::unique_ptr<Network> network;
  at::Tensor x = normals({3, 4, 8, 8}, 1), t = at::tensor({3.f, 500.f, 7.f}),
             label = at::tensor({0, 4, 5}, at::kLong);
  SmallDit() {
    ulam::test::write_component(folder / "t", c);
    Weights weights(folder / "t");
    network = make_dit(c.config, parse_dit(c.config, "c"), &weights);
  }
  at::Tensor answer(const Conditions& conditions, Call& call) const {
    return network->forward(x, t, conditions, call);
  }
  at::Tensor answer(Call call = {}) const { return answer({{"label", label}}, call); }
};

TEST_F(SmallDit, NoLabelIsTheNullClass) {
  EXPECT_TRUE(network->null_class());
  EXPECT_EQ(network->classes(), 5);
  Call call;
  EXPECT_EQ(max_difference(answer({}, call), answer({{"label", at::full({3}, 5, at::kLong)}}, call)), 0);
  EXPECT_GT(max_difference(answer({}, call)[0], answer()[0]), 1e-3);
  ulam::testing::expect_error(ErrorKind::option, {"label 6", "0..5"}, [&] {
    answer({{"label", at::full({3}, 6, at::kLong)}}, call);
  });
  ulam::testing::expect_error(ErrorKind::unsupported, {"'text'"}, [&] {
    answer({{"text", at::full({3}, 6, at::kLong)}}, call);
  });
}

TEST_F(SmallDit, RowsAreIndependentOfOneAnother) {
  Call call;
  const at::Tensor one =
      network->forward(x.slice(0, 1, 2), t.slice(0, 1, 2), {{"label", label.slice(0, 1, 2)}}, call);
  EXPECT_LT(max_difference(answer().slice(0, 1, 2), one), 1e-5);
}

TEST_F(SmallDit, ListsEveryModuleThatCanBeTapped) {
  Call call;
  call.wanted_taps = network->taps();
  answer({{"label", label}}, call);
  EXPECT_EQ(network->taps().size(), 6u);
  for (const std::string& name : network->taps()) ASSERT_TRUE(call.taps.contains(name)) << name;
  EXPECT_EQ(call.taps.at("transformer_blocks.1").sizes(), (at::IntArrayRef{3, 16, 4, 4}));
  EXPECT_EQ(call.taps.at("transformer_blocks.0.attn1").sizes(), (at::IntArrayRef{3, 16, 4, 4}));
  const at::Tensor map = call.taps.at("transformer_blocks.0.attn1.map");
  ASSERT_EQ(map.sizes(), (at::IntArrayRef{3, 2, 16, 16}));
  EXPECT_LT(max_difference(map.sum(-1), at::ones({3, 2, 16})), 1e-6);
}

// Each disturbance that the network lists must change just the rows that it is asked for.
TEST_F(SmallDit, AnswersEveryPerturbationRowByRow) {
  const at::Tensor plain = answer();
  EXPECT_EQ(network->perturbations().size(), 8u);
  for (const std::string& listed : network->perturbations()) {
    SCOPED_TRACE(listed);
    const auto colon = listed.find(':');
    const std::string kind = listed.substr(colon + 1);
    Perturbation p;
    p.module = listed.substr(0, colon);
    p.kind = kind == "skip"                ? Perturbation::Kind::skip
             : kind == "blurred_attention" ? Perturbation::Kind::blurred_attention
                                           : Perturbation::Kind::identity_attention;
    p.strength = 2;
    p.rows = at::tensor({0, 1, 0}).to(at::kBool);
    Call call;
    call.perturbations = {p};
    const at::Tensor y = answer(call);
    EXPECT_EQ(max_difference(y[0], plain[0]), 0);
    EXPECT_EQ(max_difference(y[2], plain[2]), 0);
    EXPECT_GT(max_difference(y[1], plain[1]), 1e-4);
  }
  Call still;
  still.perturbations = {{"transformer_blocks.0.attn1", Perturbation::Kind::blurred_attention, 0, {}}};
  EXPECT_LT(max_difference(answer(still), plain), 1e-5);
}

TEST_F(SmallDit, ABlockThatIsSkippedHandsItsInputOn) {
  Call call;
  call.wanted_taps = {"transformer_blocks.0", "transformer_blocks.1"};
  call.perturbations = {{"transformer_blocks.1", Perturbation::Kind::skip, 1, {}}};
  answer({{"label", label}}, call);
  EXPECT_EQ(max_difference(call.taps.at("transformer_blocks.0"), call.taps.at("transformer_blocks.1")), 0);
}

TEST_F(SmallDit, HasGradientsOfItsInput) {
  x.requires_grad_();
  const at::Tensor direction = normals({3, 8, 8, 8}, 3);
  (answer() * direction).sum().backward();
  at::NoGradGuard off;
  const at::Tensor u = normals({3, 4, 8, 8}, 2);
  const double step = 1e-2;
  Call call;
  const auto at_step = [&](double s) {
    return (network->forward(x + s * u, t, {{"label", label}}, call) * direction).sum().item<double>();
  };
  const double slope = (at_step(step) - at_step(-step)) / (2 * step);
  EXPECT_NEAR((x.grad() * u).sum().item<double>(), slope, 5e-3 * std::abs(slope) + 5e-2);
}

// Two tokens at one place would be one token.
TEST(DiffusersDit, EveryPlaceOfTheGridHasItsOwnPosition) {
  const at::Tensor p = grid_positions(5, 8);
  ASSERT_EQ(p.sizes(), (at::IntArrayRef{25, 8}));
  // Token 7 stands in column 2 of row 1; the first frequency is 1.
  EXPECT_NEAR(p[7][0].item<double>(), std::sin(2.0), 1e-6);
  EXPECT_NEAR(p[7][2].item<double>(), std::cos(2.0), 1e-6);
  EXPECT_NEAR(p[7][4].item<double>(), std::sin(1.0), 1e-6);
  EXPECT_NEAR(p[7][1].item<double>(), std::sin(2.0 / 100), 1e-6);
  for (int i = 0; i < 25; ++i)
    for (int j = 0; j < i; ++j) EXPECT_GT(max_difference(p[i], p[j]), 1e-3);
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_dit_test
