#include "ulam/model/diffusers_dit_config.h"

#include "tests/errors.h"
#include "tests/model/diffusers_support.h"

#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_dit_config_test {
namespace {
using nlohmann::json;
using ulam::testing::expect_error;

TEST(DiffusersDitConfig, AbsentFieldsHaveTheDefaultsOfDiffusers) {
  const DitConfig c = parse_dit({{"_class_name", "DiTTransformer2DModel"}}, "c");
  EXPECT_EQ(c.heads, 16);
  EXPECT_EQ(c.head_dim, 72);
  EXPECT_EQ(c.width(), 1152);
  EXPECT_EQ(c.in_channels, 4);
  EXPECT_EQ(c.out_channels, 4);
  EXPECT_EQ(c.layers, 28);
  EXPECT_TRUE(c.attention_bias);
  EXPECT_EQ(c.size, 32);
  EXPECT_EQ(c.grid(), 16);
  EXPECT_EQ(c.act, DitConfig::Act::gelu_tanh);
  EXPECT_EQ(c.classes, 1000);
  EXPECT_FALSE(c.affine);
  EXPECT_EQ(c.eps, 1e-5);
  EXPECT_TRUE(c.warnings.empty());
}

TEST(DiffusersDitConfig, ReadsEveryConfigurationThatDiffusersWrote) {
  for (const auto& [name, c] : ulam::test::peer_cases("dit.safetensors")) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(parse_dit(c.config, name).warnings.empty());
  }
}

TEST(DiffusersDitConfig, UnknownFieldsAreNamedAndNotHeeded) {
  const DitConfig c = parse_dit({{"num_layer", 3}}, "c");
  ASSERT_EQ(c.warnings.size(), 1u);
  EXPECT_NE(c.warnings[0].find("'num_layer' is unknown"), std::string::npos);
  EXPECT_NE(c.warnings[0].find("nearest: num_layers"), std::string::npos);
}

TEST(DiffusersDitConfig, EveryBrokenRuleIsNamed) {
  struct Bad {
    json config;
    std::vector<std::string> says;
  };
  const json older = {
      {"_class_name", "Transformer2DModel"}, {"norm_type", "ada_norm_zero"}, {"patch_size", 2}};
  const auto with = [&](json change) {
    json j = older;
    j.update(change);
    return j;
  };
  const std::vector<Bad> all = {
      {json::array(), {"object"}},
      {{{"norm_type", "ada_norm_zer"}}, {"'norm_type'", "nearest: ada_norm_zero"}},
      {{{"num_attention_heads", -1}}, {"'num_attention_heads'", "-1"}},
      {{{"attention_head_dim", 0}}, {"'attention_head_dim'", "1 to 4096"}},
      {{{"num_attention_heads", 1}, {"attention_head_dim", 6}}, {"'attention_head_dim'", "multiple of 4"}},
      {{{"num_attention_heads", 4096}, {"attention_head_dim", 4096}}, {"16777216", "65536"}},
      {{{"in_channels", nullptr}}, {"'in_channels'"}},
      {{{"out_channels", 0}}, {"'out_channels'"}},
      {{{"num_layers", 1e9}}, {"'num_layers'"}},
      {{{"sample_size", nullptr}}, {"'sample_size'"}},
      {{{"sample_size", {32, 32}}}, {"'sample_size'", "whole number"}},
      {{{"sample_size", 33}}, {"'sample_size'", "2 pixels", "even"}},
      {{{"sample_size", 8192}}, {"'sample_size'", "16777216 tokens", "16384"}},
      {{{"patch_size", 0}}, {"'patch_size'"}},
      {{{"activation_fn", "gelu-aproximate"}}, {"'activation_fn'", "nearest: gelu-approximate"}},
      {{{"num_embeds_ada_norm", nullptr}}, {"'num_embeds_ada_norm'"}},
      {{{"norm_elementwise_affine", "yes"}}, {"'norm_elementwise_affine'", "true or false"}},
      {{{"norm_eps", -1}}, {"'norm_eps'"}},
      {{{"_class_name", "Transformer2DModel"}}, {"'norm_type'", "ada_norm_zero"}},
      {with({{"norm_type", "layer_norm"}}), {"'norm_type'", "layer_norm"}},
      {with({{"patch_size", nullptr}}), {"'patch_size'"}},
      {with({{"cross_attention_dim", 768}}), {"'cross_attention_dim'", "768", "text"}},
      {with({{"num_vector_embeds", 100}}), {"'num_vector_embeds'"}},
      {with({{"double_self_attention", true}}), {"'double_self_attention'"}},
  };
  for (const Bad& bad : all) {
    SCOPED_TRACE(bad.config.dump());
    std::vector<std::string> says = bad.says;
    says.push_back("here.json");
    expect_error(ErrorKind::file, says, [&] { parse_dit(bad.config, "here.json"); });
  }
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_dit_config_test
