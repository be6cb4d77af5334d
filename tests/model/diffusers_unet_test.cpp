#include "ulam/model/diffusers_unet.h"

#include "tests/errors.h"
#include "tests/io/support.h"
#include "tests/model/diffusers_support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/model/diffusers_weights.h"

namespace ulam::diffusers::diffusers_unet_test {
namespace {

// A block, embedding or norm that computes something else than diffusers does, or tensors of other names or
// shapes.
TEST(DiffusersUnet, EveryConfigurationAnswersAsDiffusersDoes) {
  io::test::TempFolder folder;
  for (const auto& [name, c] : ulam::test::peer_cases("unet2d.safetensors")) {
    SCOPED_TRACE(name);
    const std::string where = folder / name;
    ulam::test::write_component(where, c);
    Weights weights(where);
    const auto network = make_unet2d(c.config, parse_unet2d(c.config, name), &weights);
    weights.finish();
    Conditions conditions;
    for (const auto& [key, value] : c.given)
      if (key == "label" || key == "embedding") conditions[key] = value;
    Call call;
    at::NoGradGuard no_grad;
    const at::Tensor y = network->forward(c.given.at("x"), c.given.at("t"), conditions, call);
    const at::Tensor& wanted = c.given.at("y");
    ASSERT_EQ(y.sizes(), wanted.sizes());
    const double scale = std::max(1.0, wanted.abs().max().item<double>());
    EXPECT_LT((y - wanted).abs().max().item<double>(), 1e-5 * scale);
    EXPECT_GT(wanted.abs().max().item<double>(), 0.05);  // else everything would agree
  }
}

TEST(DiffusersUnet, RefusesClassesThatItDoesNotHave) {
  const auto cases = ulam::test::peer_cases("unet2d.safetensors");
  for (const auto& [name, part] : {std::pair{"plain", "no conditions"}, {"classes", "label 9"}}) {
    const ulam::test::PeerCase& c = cases.at(name);
    const auto network = make_unet2d(c.config, parse_unet2d(c.config, name), nullptr);
    Call call;
    ulam::testing::expect_error(
        name == std::string("plain") ? ErrorKind::unsupported : ErrorKind::option, {part}, [&] {
          network->forward(c.given.at("x"), c.given.at("t"), {{"label", at::full({2}, 9, at::kLong)}}, call);
        });
  }
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_unet_test
