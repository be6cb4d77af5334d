#include "ulam/model/diffusers_vae_config.h"

#include "tests/errors.h"
#include "tests/model/diffusers_support.h"

#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_vae_config_test {
namespace {
using nlohmann::json;
using ulam::testing::expect_error;

TEST(DiffusersVaeConfig, AbsentFieldsHaveTheDefaultsOfDiffusers) {
  const VaeConfig c = parse_vae(json::object(), "c");
  EXPECT_EQ(c.in_channels, 3);
  EXPECT_EQ(c.out_channels, 3);
  EXPECT_EQ(c.down, (std::vector<bool>{false}));
  EXPECT_EQ(c.up, (std::vector<bool>{false}));
  EXPECT_EQ(c.channels, (std::vector<int>{64}));
  EXPECT_EQ(c.factor(), 1);
  EXPECT_EQ(c.layers, 1);
  EXPECT_EQ(c.latent_channels, 4);
  EXPECT_EQ(c.groups, 32);
  EXPECT_EQ(c.scale, 0.18215);
  EXPECT_EQ(c.shift, 0);
  EXPECT_TRUE(c.mean.empty() && c.std.empty());
  EXPECT_TRUE(c.middle_attention && c.quant_conv && c.post_quant_conv);
}

TEST(DiffusersVaeConfig, ReadsEveryConfigurationThatDiffusersWrote) {
  for (const auto& [name, c] : ulam::test::peer_cases("autoencoder_kl.safetensors")) {
    SCOPED_TRACE(name);
    const VaeConfig read = parse_vae(c.config, name);
    EXPECT_TRUE(read.warnings.empty());
    EXPECT_EQ(read.factor() * c.given.at("z").size(3), c.given.at("y").size(3));
  }
}

TEST(DiffusersVaeConfig, UnknownFieldsAreNamedAndNotHeeded) {
  const VaeConfig c = parse_vae({{"scaling_faktor", 3}}, "c");
  ASSERT_EQ(c.warnings.size(), 1u);
  EXPECT_NE(c.warnings[0].find("nearest: scaling_factor"), std::string::npos);
}

TEST(DiffusersVaeConfig, EveryBrokenRuleIsNamed) {
  struct Bad {
    json config;
    std::vector<std::string> says;
  };
  const std::vector<Bad> all = {
      {3, {"object"}},
      {{{"down_block_types", {"DownEncoderBlok2D"}}}, {"'DownEncoderBlok2D'", "nearest: DownEncoderBlock2D"}},
      {{{"down_block_types", {"UpDecoderBlock2D"}}}, {"'down_block_types'", "none of"}},
      {{{"up_block_types", {"UpBlock2D"}}}, {"'up_block_types'", "'UpBlock2D'"}},
      {{{"up_block_types", json::array()}}, {"'up_block_types'"}},
      {{{"block_out_channels", {64, 128}}}, {"1 entries", "2; one number"}},
      {{{"block_out_channels", {-64}}}, {"'block_out_channels'"}},
      {{{"block_out_channels", {48}}}, {"'norm_num_groups'", "48 channels of level 0"}},
      {{{"layers_per_block", 0}}, {"'layers_per_block'"}},
      {{{"act_fn", "sily"}}, {"'act_fn'", "nearest: silu"}},
      {{{"latent_channels", -4}}, {"'latent_channels'", "-4"}},
      {{{"norm_num_groups", nullptr}}, {"'norm_num_groups'"}},
      {{{"scaling_factor", 0}}, {"'scaling_factor'"}},
      {{{"scaling_factor", nullptr}}, {"'scaling_factor'"}},
      {{{"shift_factor", "much"}}, {"'shift_factor'"}},
      {{{"latents_mean", {1, 2}}}, {"'latents_mean'", "4 numbers"}},
      {{{"latents_std", {1, 1, 1, 0}}}, {"'latents_std'"}},
      {{{"use_quant_conv", 1}}, {"'use_quant_conv'", "true or false"}},
  };
  for (const Bad& bad : all) {
    SCOPED_TRACE(bad.config.dump());
    std::vector<std::string> says = bad.says;
    says.push_back("here.json");
    expect_error(ErrorKind::file, says, [&] { parse_vae(bad.config, "here.json"); });
  }
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_vae_config_test
