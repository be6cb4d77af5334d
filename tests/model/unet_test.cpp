// The U-Net as a network: what its modules answer, that rows are independent, that nothing is dead.
#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::unet_test {
namespace {

using test::filled;
using test::max_difference;
using test::normals;
using test::small_unet;

struct Unet : ::testing::Test {
  std::unique_ptr<Network> network = filled(small_unet());
  at::Tensor x = normals({6, 1, 8, 8}, 1), c = normals({6}, 2);
  Conditions labels{{"label", at::tensor({0, 1, 2, 3, 0, 1}, at::kLong)}};

  at::Tensor run(Call call = {}) const {
    at::NoGradGuard no_grad;
    return network->forward(x, c, labels, call);
  }
};

TEST_F(Unet, RowsDoNotDependOnTheirNeighbours) {
  const at::Tensor all = run();
  Call call;
  at::NoGradGuard no_grad;
  const at::Tensor one =
      network->forward(x.slice(0, 4, 5), c.slice(0, 4, 5), {{"label", at::tensor({0}, at::kLong)}}, call);
  EXPECT_LT(max_difference(one, all.slice(0, 4, 5)), 1e-5 * all.abs().max().item<double>());
}

TEST_F(Unet, EveryParameterReceivesAGradient) {
  network->parameters().require_gradients(true);
  Call call;
  network->forward(x, c, labels, call).square().sum().backward();
  for (const NamedTensor& p : network->parameters().list()) {
    ASSERT_TRUE(p.tensor.grad().defined()) << p.name;
    EXPECT_GT(p.tensor.grad().abs().sum().item<double>(), 0) << p.name << " is dead";
  }
}

TEST_F(Unet, GradientInTheInputMatchesFiniteDifferences) {
  at::Tensor input = x.slice(0, 0, 1).clone().requires_grad_(true);
  const Conditions label{{"label", at::tensor({1}, at::kLong)}};
  Call call;
  const at::Tensor direction = normals({1, 1, 8, 8}, 9), weight = normals({1, 1, 8, 8}, 10);
  (network->forward(input, c.slice(0, 0, 1), label, call) * weight).sum().backward();
  const double exact = (input.grad() * direction).sum().item<double>();
  at::NoGradGuard no_grad;
  const double h = 1e-2;
  const auto at_offset = [&](double s) {
    return (network->forward(x.slice(0, 0, 1) + direction * s, c.slice(0, 0, 1), label, call) * weight)
        .sum()
        .item<double>();
  };
  EXPECT_NEAR((at_offset(h) - at_offset(-h)) / (2 * h), exact, 2e-2 * std::abs(exact) + 1e-2);
}

TEST_F(Unet, ModesWithAndWithoutGradientsAgree) {
  Call call;
  EXPECT_LT(max_difference(run(), network->forward(x, c, labels, call).detach()), 1e-5);
}

TEST_F(Unet, AbsentLabelsMeanTheNullClass) {
  Call call;
  at::NoGradGuard no_grad;
  const at::Tensor none = network->forward(x, c, {}, call);
  const at::Tensor null = network->forward(x, c, {{"label", at::full({6}, 3, at::kLong)}}, call);
  EXPECT_TRUE(at::equal(none, null));
  EXPECT_GT(max_difference(none, run()), 1e-3);
}

TEST_F(Unet, WrongLabelsAreRefused) {
  Call call;
  EXPECT_THROW(network->forward(x, c, {{"label", at::full({6}, 4, at::kLong)}}, call), Error);
  EXPECT_THROW(network->forward(x, c, {{"label", at::full({6}, -1, at::kLong)}}, call), Error);
  EXPECT_THROW(network->forward(x, c, {{"label", at::full({5}, 1, at::kLong)}}, call), Error);
  EXPECT_THROW(network->forward(x, c, {{"text", at::full({6}, 1, at::kLong)}}, call), Error);
}

TEST_F(Unet, EveryTapGivesAnActivationAndChangesNothing) {
  Call call;
  call.wanted_taps = network->taps();
  at::NoGradGuard no_grad;
  const at::Tensor y = network->forward(x, c, labels, call);
  EXPECT_TRUE(at::equal(y, run()));
  ASSERT_EQ(call.taps.size(), network->taps().size());
  for (const auto& [name, value] : call.taps) EXPECT_EQ(value.size(0), 6) << name;
}

// A perturbation must change the rows it is asked for and no bit of the others.
TEST_F(Unet, EveryPerturbationActsOnItsRowsOnly) {
  const at::Tensor plain = run();
  const at::Tensor rows = at::tensor({1, 0, 1, 0, 0, 0}, at::kLong).to(at::kBool);
  ASSERT_EQ(network->perturbations().size(), 5u + 3u * 3u);
  for (const std::string& name : network->perturbations()) {
    const auto colon = name.find(':');
    const std::string kind = name.substr(colon + 1);
    Perturbation p;
    p.module = name.substr(0, colon);
    p.kind = kind == "skip"                 ? Perturbation::Kind::skip
             : kind == "identity_attention" ? Perturbation::Kind::identity_attention
                                            : Perturbation::Kind::blurred_attention;
    p.rows = rows;
    Call call;
    call.perturbations = {p};
    const at::Tensor y = run(call);
    for (int r = 0; r < 6; ++r) {
      const double d = max_difference(y[r], plain[r]);
      if (r == 0 || r == 2)
        EXPECT_GT(d, 1e-4) << name << " row " << r;
      else
        EXPECT_EQ(d, 0) << name << " row " << r;
    }
    call.perturbations[0].rows = at::Tensor();
    EXPECT_GT(max_difference(run(call)[1], plain[1]), 1e-4) << name << " over all rows";
  }
}

TEST_F(Unet, BlurOfZeroDeviationIsThePlainAttention) {
  Call call;
  call.perturbations = {{"mid.attention0", Perturbation::Kind::blurred_attention, 0.0, {}}};
  EXPECT_LT(max_difference(run(call), run()), 1e-6);
}

TEST_F(Unet, Bfloat16StaysNearFloat) {
  const at::Tensor exact = run();
  network->compute_in(at::kBFloat16);
  EXPECT_LT(max_difference(run(), exact), 0.1 * exact.abs().max().item<double>());
  EXPECT_GT(max_difference(run(), exact), 0);
}

}  // namespace
}  // namespace ulam::unet_test
