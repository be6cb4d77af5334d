#include "ulam/model/diffusers_unet_config.h"

#include "tests/errors.h"
#include "tests/model/diffusers_support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::diffusers::diffusers_unet_config_test {
namespace {
using nlohmann::json;
using ulam::testing::expect_error;

json small() {
  return {{"_class_name", "UNet2DModel"},
          {"sample_size", 8},
          {"in_channels", 3},
          {"out_channels", 3},
          {"down_block_types", {"DownBlock2D", "AttnDownBlock2D"}},
          {"up_block_types", {"AttnUpBlock2D", "UpBlock2D"}},
          {"block_out_channels", {8, 16}},
          {"layers_per_block", 1},
          {"norm_num_groups", 4},
          {"attention_head_dim", 4}};
}

TEST(DiffusersUnetConfig, ReadsWhatStandsThere) {
  const Unet2dConfig c = parse_unet2d(small(), "c");
  EXPECT_EQ(c.height, 8);
  EXPECT_EQ(c.width, 8);
  EXPECT_EQ(c.down, (std::vector<Block>{Block::plain, Block::attention}));
  EXPECT_EQ(c.up, (std::vector<Block>{Block::attention, Block::plain}));
  EXPECT_EQ(c.channels, (std::vector<int>{8, 16}));
  EXPECT_EQ(c.layers, 1);
  EXPECT_EQ(c.time_dim, 32);      // four times the first level
  EXPECT_EQ(c.middle_groups, 4);  // as the other norms
  EXPECT_EQ(c.time, Unet2dConfig::Time::positional);
  EXPECT_EQ(c.label, Unet2dConfig::Class::none);
  EXPECT_TRUE(c.warnings.empty());
}

// The defaults of the class, by which files that leave a field out are meant.
TEST(DiffusersUnetConfig, AbsentFieldsHaveTheDefaultsOfDiffusers) {
  const Unet2dConfig c = parse_unet2d({{"sample_size", 32}}, "c");
  EXPECT_EQ(c.channels, (std::vector<int>{224, 448, 672, 896}));
  EXPECT_EQ(c.down, (std::vector<Block>{Block::plain, Block::attention, Block::attention, Block::attention}));
  EXPECT_EQ(c.up, (std::vector<Block>{Block::attention, Block::attention, Block::attention, Block::plain}));
  EXPECT_EQ(c.layers, 2);
  EXPECT_EQ(c.groups, 32);
  EXPECT_EQ(c.head_dim, 8);
  EXPECT_EQ(c.eps, 1e-5);
  EXPECT_TRUE(c.flip_sin_to_cos);
  EXPECT_EQ(c.freq_shift, 0);
}

TEST(DiffusersUnetConfig, ReadsEveryConfigurationThatDiffusersWrote) {
  for (const auto& [name, c] : ulam::test::peer_cases("unet2d.safetensors")) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(parse_unet2d(c.config, name).warnings.empty());
  }
}

TEST(DiffusersUnetConfig, UnknownFieldsAreNamedAndNotHeeded) {
  json j = small();
  j["norm_num_group"] = 7;
  const Unet2dConfig c = parse_unet2d(j, "c");
  ASSERT_EQ(c.warnings.size(), 1u);
  EXPECT_NE(c.warnings[0].find("'norm_num_group' is unknown"), std::string::npos);
  EXPECT_NE(c.warnings[0].find("nearest: norm_num_groups"), std::string::npos);
}

TEST(DiffusersUnetConfig, EveryBrokenRuleIsNamed) {
  struct Bad {
    json change;
    std::vector<std::string> says;
  };
  const std::vector<Bad> all = {
      {{{"down_block_types", {"DownBlok2D", "AttnDownBlock2D"}}}, {"'DownBlok2D'", "nearest: DownBlock2D"}},
      {{{"down_block_types", {"UpBlock2D", "DownBlock2D"}}}, {"'UpBlock2D'", "none of"}},
      {{{"up_block_types", {"CrossAttnUpBlock2D", "UpBlock2D"}}}, {"'CrossAttnUpBlock2D'"}},
      {{{"up_block_types", {"bad\n\x1b[0m\xff", "UpBlock2D"}}}, {"none of"}},
      {{{"down_block_types", {"DownBlock2D"}}}, {"1 entries", "one number is needed"}},
      {{{"down_block_types", json::array()}}, {"down_block_types", "[]"}},
      {{{"sample_size", nullptr}}, {"sample_size"}},
      {{{"sample_size", -8}}, {"sample_size", "-8"}},
      {{{"sample_size", 7}}, {"sample_size", "7 x 7", "halved"}},
      {{{"sample_size", {8, 9}}}, {"8 x 9", "halved"}},
      {{{"sample_size", 1 << 30}}, {"sample_size", "8192"}},
      {{{"in_channels", 0}}, {"in_channels"}},
      {{{"out_channels", -1}}, {"out_channels"}},
      {{{"block_out_channels", {8, -16}}}, {"block_out_channels", "-16"}},
      {{{"block_out_channels", {8, 1 << 30}}}, {"block_out_channels"}},
      {{{"block_out_channels", {8, 18}}}, {"norm_num_groups", "18 channels", "4 groups"}},
      {{{"block_out_channels", {6, 16}}}, {"norm_num_groups", "6 channels"}},
      {{{"norm_num_groups", 0}}, {"norm_num_groups"}},
      {{{"norm_num_groups", nullptr}}, {"norm_num_groups", "level 0", "neither of skip nor of K blocks"}},
      {{{"attention_head_dim", 64}}, {"attention_head_dim", "64"}},
      {{{"layers_per_block", 0}}, {"layers_per_block"}},
      {{{"layers_per_block", 1000000}}, {"layers_per_block"}},
      {{{"act_fn", "sillu"}}, {"act_fn", "'sillu'", "nearest: silu"}},
      {{{"time_embedding_type", "fourrier"}}, {"time_embedding_type", "nearest: fourier"}},
      {{{"time_embedding_type", "learned"}}, {"num_train_timesteps"}},
      {{{"resnet_time_scale_shift", "ada"}}, {"resnet_time_scale_shift"}},
      {{{"mid_block_type", "UNetMidBlock2DCrossAttn"}}, {"mid_block_type"}},
      {{{"class_embed_type", "projection"}}, {"class_embed_type"}},
      {{{"freq_shift", 4}}, {"freq_shift"}},
      {{{"attn_norm_num_groups", 5}}, {"attn_norm_num_groups", "5"}},
      {{{"downsample_padding", 2}}, {"downsample_padding"}},
      {{{"mid_block_scale_factor", 0}}, {"mid_block_scale_factor"}},
      {{{"down_block_types", {"KDownBlock2D", "DownBlock2D"}}}, {"K blocks"}},
      {{{"down_block_types", {"SkipDownBlock2D", "DownBlock2D"}}, {"in_channels", 4}},
       {"in_channels", "skip blocks"}},
      {{{"up_block_types", {"UpBlock2D", "SkipUpBlock2D"}}, {"out_channels", 4}},
       {"out_channels", "skip blocks"}}};
  for (const Bad& bad : all) {
    SCOPED_TRACE(bad.says[0]);
    json j = small();
    j.update(bad.change);
    std::vector<std::string> says = bad.says;
    says.push_back("c: ");
    expect_error(ErrorKind::file, says, [&] { parse_unet2d(j, "c"); });
  }
  expect_error(ErrorKind::file, {"c: ", "object"}, [] { parse_unet2d(json("x"), "c"); });
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_unet_config_test
