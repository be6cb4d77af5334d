#include "ulam/model/diffusers_pipeline.h"

#include "tests/errors.h"
#include "tests/io/support.h"
#include <filesystem>

#include <gtest/gtest.h>

#include "ulam/io/json.h"

namespace ulam::diffusers::diffusers_pipeline_test {
namespace {
namespace fs = std::filesystem;
using io::test::TempFolder;
using nlohmann::json;
using ulam::testing::expect_error;

void write_part(const std::string& folder, const char* kind) {
  fs::create_directories(folder);
  io::write_json(folder + "/config.json", {{"_class_name", kind}});
}

TEST(DiffusersPipeline, FindsThePartsOfAFolder) {
  TempFolder folder;
  write_part(folder / "m/transformer", "DiTTransformer2DModel");
  PipelineParts parts = find_parts(folder / "m");
  EXPECT_EQ(parts.network, folder / "m/transformer");
  EXPECT_EQ(parts.scheduler, "");
  EXPECT_EQ(parts.decoder, "");
  write_part(folder / "m/vae", "AutoencoderKL");
  fs::create_directories(folder / "m/scheduler");
  io::write_json(folder / "m/scheduler/scheduler_config.json", json::object());
  parts = find_parts(folder / "m");
  EXPECT_EQ(parts.scheduler, folder / "m/scheduler/scheduler_config.json");
  EXPECT_EQ(parts.decoder, folder / "m/vae");
  EXPECT_TRUE(parts.warnings.empty());
  write_part(folder / "m/vae", "AutoencoderTiny");
  parts = find_parts(folder / "m");
  EXPECT_EQ(parts.decoder, "");
  ASSERT_EQ(parts.warnings.size(), 1u);
  EXPECT_NE(parts.warnings[0].find("'AutoencoderTiny'"), std::string::npos);
}

TEST(DiffusersPipeline, TheIndexNamesItsParts) {
  const PipelineIndex index = parse_pipeline_index({{"_class_name", "DiTPipeline"},
                                                    {"transformer", {"diffusers", "Transformer2DModel"}},
                                                    {"vae", {"diffusers", "AutoencoderKL"}},
                                                    {"vqvae", {"diffusers"}},
                                                    {"scheduler", {"diffusers", "DDIMScheduler"}},
                                                    {"id2label", {{"12", "house finch"}}}},
                                                   "p");
  EXPECT_EQ(index.network, "transformer");
  EXPECT_EQ(index.autoencoders,
            (std::map<std::string, std::string>{{"vae", "AutoencoderKL"}, {"vqvae", ""}}));
  EXPECT_EQ(index.class_names, (std::map<int, std::string>{{12, "house finch"}}));
}

TEST(DiffusersPipeline, EveryBrokenIndexIsNamed) {
  TempFolder folder;
  const json dit = {"diffusers", "DiTTransformer2DModel"};
  write_part(folder / "m/transformer", "DiTTransformer2DModel");
  struct Bad {
    ErrorKind kind;
    json index;
    std::vector<std::string> says;
  };
  const std::vector<Bad> all = {
      {ErrorKind::file, json::array(), {"object"}},
      {ErrorKind::unsupported, {{"vae", {"diffusers", "AutoencoderKL"}}}, {"neither a 'unet' nor"}},
      {ErrorKind::unsupported,
       {{"transformer", dit}, {"text_encoder", {"transformers", "CLIPTextModel"}}},
       {"'text_encoder'"}},
      {ErrorKind::unsupported, {{"unet", dit}, {"transformer", dit}}, {"'transformer'"}},
      {ErrorKind::system,
       {{"transformer", dit}, {"vae", {"diffusers", "AutoencoderKL"}}},
       {"'vae'", "vae/config.json is missing"}},
      {ErrorKind::file, {{"transformer", dit}, {"id2label", {"fox", "hen"}}}, {"'id2label'", "object"}},
      {ErrorKind::file, {{"transformer", dit}, {"id2label", {{"fox", "1"}}}}, {"'id2label'", "'fox'"}},
      {ErrorKind::file, {{"transformer", dit}, {"id2label", {{"-1", "hen"}}}}, {"'id2label'", "'-1'"}},
      {ErrorKind::file,
       {{"transformer", dit}, {"id2label", {{"7", 7}}}},
       {"'id2label'", "class 7", "no text"}},
  };
  for (const Bad& bad : all) {
    SCOPED_TRACE(bad.index.dump());
    io::write_json(folder / "m/model_index.json", bad.index);
    std::vector<std::string> says = bad.says;
    says.push_back("model_index.json");
    expect_error(bad.kind, says, [&] { find_parts(folder / "m"); });
  }
  io::write_json(folder / "m/model_index.json",
                 {{"transformer", dit}, {"id2label", nullptr}, {"vae", {nullptr, nullptr}}, {"flag", 3}});
  EXPECT_TRUE(find_parts(folder / "m").warnings.empty());
}

TEST(DiffusersPipeline, AClassWithoutANameHasItsNumber) {
  EXPECT_TRUE(class_names_of({}, 3, "p").empty());
  EXPECT_EQ(class_names_of({{1, "hen"}}, 3, "p"), (std::vector<std::string>{"0", "hen", "2"}));
  EXPECT_EQ(class_names_of({{0, "a\tb\n"}}, 1, "p"), (std::vector<std::string>{"a b "}));
  const std::string cut = class_names_of({{0, std::string(199, 'x') + "\xc3\xa9"}}, 1, "p")[0];
  EXPECT_EQ(cut, std::string(199, 'x'));
  expect_error(ErrorKind::file, {"p", "'id2label'", "class 3", "has 3"}, [] {
    class_names_of({{3, "hen"}}, 3, "p");
  });
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_pipeline_test
