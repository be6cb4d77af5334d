#include "ulam/model/diffusers_blocks.h"

#include "tests/model/support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::diffusers::diffusers_blocks_test {
namespace {
using ulam::test::max_difference;
using ulam::test::normals;

Unet2dConfig of_kind(const char* down, const char* up) {
  return parse_unet2d({{"sample_size", {8, 16}},
                       {"down_block_types", {down, down}},
                       {"up_block_types", {up, up}},
                       {"block_out_channels", {32, 64}},
                       {"layers_per_block", 2},
                       {"attention_head_dim", 16},
                       {"norm_num_groups", 8}},
                      "c");
}

const std::pair<const char*, const char*> kinds[] = {{"DownBlock2D", "UpBlock2D"},
                                                     {"AttnDownBlock2D", "AttnUpBlock2D"},
                                                     {"ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D"},
                                                     {"SkipDownBlock2D", "SkipUpBlock2D"},
                                                     {"AttnSkipDownBlock2D", "AttnSkipUpBlock2D"},
                                                     {"KDownBlock2D", "KUpBlock2D"}};

struct Built {
  Unet2dConfig config;
  Parameters parameters;
  std::vector<std::string> taps, perturbations;
  double flops = 0;
  Building b{parameters, config, taps, perturbations, flops, 0, 0};
  explicit Built(const Unet2dConfig& c) : config(c) { b.height = c.height, b.width = c.width; }
  void fill() {
    std::uint64_t id = 700;
    for (const NamedTensor& t : parameters.list())
      at::Tensor(t.tensor).copy_(normals(t.tensor.sizes().vec(), id++) * 0.1);
  }
};

struct Kind : ::testing::TestWithParam<std::pair<const char*, const char*>> {};

// A level that keeps another number of features than its partner takes shifts every skip connection above it.
TEST_P(Kind, TheWayUpTakesWhatTheWayDownKept) {
  Built built(of_kind(GetParam().first, GetParam().second));
  const DownLevel down0(built.b, 0), down1(built.b, 1);
  EXPECT_EQ(built.b.height, 4);
  EXPECT_EQ(built.b.width, 8);
  const UpLevel up0(built.b, 0), up1(built.b, 1);
  EXPECT_EQ(built.b.height, 8);
  EXPECT_EQ(built.b.width, 16);
  built.fill();
  const at::Tensor e = normals({2, 128}, 1);
  Call call;
  const layers::Run run{call};
  Stream s;
  s.skip = normals({2, 3, 8, 16}, 2);
  s.x = normals({2, 32, 8, 16}, 3);
  std::vector<at::Tensor> kept = {s.x};
  down0(s, e, kept, run);
  EXPECT_EQ(s.x.sizes(), (at::IntArrayRef{2, 32, 4, 8}));
  down1(s, e, kept, run);
  EXPECT_EQ(s.x.sizes(), (at::IntArrayRef{2, 64, 4, 8}));
  s.skip = at::Tensor();
  up0(s, e, kept, run);
  up1(s, e, kept, run);
  EXPECT_EQ(s.x.sizes(), (at::IntArrayRef{2, 32, 8, 16}));
  // K blocks take nothing of the input.
  EXPECT_EQ(kept.size(), down0.kind == Block::k ? 1u : 0u);
  EXPECT_GT(built.flops, 0);
  EXPECT_TRUE(at::isfinite(s.x).all().item<bool>());
}

TEST_P(Kind, RowsAreIndependentOfOneAnother) {
  Built built(of_kind(GetParam().first, GetParam().second));
  const DownLevel down(built.b, 0);
  built.fill();
  const at::Tensor x = normals({3, 32, 8, 16}, 4), e = normals({3, 128}, 5), skip = normals({3, 3, 8, 16}, 6);
  Call call;
  std::vector<at::Tensor> kept;
  Stream all{x, skip}, one{x.slice(0, 1, 2), skip.slice(0, 1, 2)};
  down(all, e, kept, layers::Run{call});
  down(one, e.slice(0, 1, 2), kept, layers::Run{call});
  EXPECT_LT(max_difference(all.x.slice(0, 1, 2), one.x), 1e-5);
}

TEST_P(Kind, ListsEveryModuleThatCanBeTapped) {
  Built built(of_kind(GetParam().first, GetParam().second));
  const DownLevel down(built.b, 0);
  built.fill();
  Call call;
  call.wanted_taps = built.taps;
  std::vector<at::Tensor> kept;
  Stream s{normals({1, 32, 8, 16}, 7), normals({1, 3, 8, 16}, 8)};
  down(s, normals({1, 128}, 9), kept, layers::Run{call});
  EXPECT_GE(built.taps.size(), 2u);
  for (const std::string& name : built.taps) EXPECT_TRUE(call.taps.contains(name)) << name;
}
INSTANTIATE_TEST_SUITE_P(EveryKind, Kind, ::testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.first); });

TEST(DiffusersBlocks, AKLevelUsesOnlyTheNewestOfWhatWasKept) {
  Built built(of_kind("KDownBlock2D", "KUpBlock2D"));
  built.b.height = 4, built.b.width = 8;
  const UpLevel up(built.b, 0);
  built.fill();
  Call call;
  const at::Tensor e = normals({1, 128}, 10);
  const auto answer = [&](std::uint64_t older, std::uint64_t newest) {
    std::vector<at::Tensor> kept = {normals({1, 64, 4, 8}, older), normals({1, 64, 4, 8}, newest)};
    Stream s{normals({1, 64, 4, 8}, 11), {}};
    up(s, e, kept, layers::Run{call});
    EXPECT_TRUE(kept.empty());
    return s.x;
  };
  EXPECT_EQ(max_difference(answer(20, 21), answer(22, 21)), 0);
  EXPECT_GT(max_difference(answer(20, 21), answer(20, 23)), 1e-3);
}

// The picture that runs beside the features of skip blocks.
TEST(DiffusersBlocks, ASkipLevelHalvesThePictureAndAddsIt) {
  Built built(of_kind("SkipDownBlock2D", "SkipUpBlock2D"));
  const DownLevel down(built.b, 0);
  built.fill();
  Call call;
  const at::Tensor x = normals({1, 32, 8, 16}, 12), e = normals({1, 128}, 13),
                   picture = normals({1, 3, 8, 16}, 14);
  std::vector<at::Tensor> kept;
  Stream with{x, picture}, without{x, at::zeros_like(picture)};
  down(with, e, kept, layers::Run{call});
  down(without, e, kept, layers::Run{call});
  EXPECT_EQ(max_difference(with.skip, fir_down(picture)), 0);
  const at::Tensor bias = down.skip_conv->bias.view({1, -1, 1, 1});
  EXPECT_LT(max_difference(with.x - without.x, (*down.skip_conv)(with.skip) - bias), 1e-5);
}

TEST(DiffusersBlocks, TheMiddleIsTwoResidualBlocksAroundAttention) {
  for (const bool attention : {true, false}) {
    Unet2dConfig config = of_kind("DownBlock2D", "UpBlock2D");
    config.middle_attention = attention;
    Built built(config);
    const MiddleLevel middle(built.b);
    built.fill();
    Call call;
    const layers::Run run{call};
    const at::Tensor x = normals({1, 64, 4, 8}, 15), e = normals({1, 128}, 16);
    at::Tensor h = middle.resnets[0](x, e, run);
    ASSERT_EQ(middle.attention.has_value(), attention);
    if (attention) h = (*middle.attention)(h, run);
    EXPECT_EQ(max_difference(middle(x, e, run), middle.resnets[1](h, e, run)), 0);
    EXPECT_EQ(built.taps.size(), attention ? 4u : 2u);
  }
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_blocks_test
