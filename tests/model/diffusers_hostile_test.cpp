// Folders of pipelines that are broken or made to do harm: each is refused in one sentence with file and
// field.
#include "tests/errors.h"
#include "tests/io/support.h"
#include "tests/model/diffusers_support.h"
#include <fstream>
#include <functional>

#include <gtest/gtest.h>

#include "ulam/model/diffusers_model.h"

namespace ulam::diffusers::diffusers_hostile_test {
namespace {
namespace fs = std::filesystem;
using io::test::TempFolder;
using nlohmann::json;

void change(const fs::path& file, const json& fields) {
  json j = io::read_json(file.string());
  j.update(fields);
  io::write_json(file.string(), j);
}

void spill_text(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

/// Takes a tensor out of the weights, or puts another in its place.
void retensor(const fs::path& folder, const std::string& name, const std::optional<at::Tensor>& value) {
  const std::string file = (folder / "diffusion_pytorch_model.safetensors").string();
  io::ArrayFile weights = io::read_safetensors(file);
  std::erase_if(weights.arrays, [&](const auto& a) { return a.first == name; });
  if (value) weights.arrays.emplace_back(name, to_array(*value));
  io::write_safetensors(file, weights);
}

/// The weights as two shards with an index.
void shard(const fs::path& folder) {
  const fs::path whole = folder / "diffusion_pytorch_model.safetensors";
  const io::ArrayFile weights = io::read_safetensors(whole.string());
  io::ArrayFile halves[2];
  json map = json::object();
  for (std::size_t i = 0; i < weights.arrays.size(); ++i) {
    halves[i % 2].arrays.push_back(weights.arrays[i]);
    map[weights.arrays[i].first] = "model-" + std::to_string(i % 2) + ".safetensors";
  }
  for (int i = 0; i < 2; ++i)
    io::write_safetensors((folder / ("model-" + std::to_string(i) + ".safetensors")).string(), halves[i]);
  io::write_json((folder / "diffusion_pytorch_model.safetensors.index.json").string(),
                 {{"metadata", {{"total_size", 1}}}, {"weight_map", map}});
  fs::remove(whole);
}

struct Broken {
  const char* what;
  ErrorKind kind;
  std::function<void(const fs::path&)> spoil;
  std::vector<std::string> says;
};

const std::vector<Broken>& broken_folders() {
  static const std::string weights = "diffusion_pytorch_model.safetensors";
  static const std::vector<Broken> all = {
      {"a shard is missing",
       ErrorKind::system,
       [](const fs::path& m) { shard(m / "transformer"), fs::remove(m / "transformer/model-1.safetensors"); },
       {"transformer", "index.json", "'model-1.safetensors' is missing"}},
      {"a shard outside of the folder",
       ErrorKind::file,
       [](const fs::path& m) {
         shard(m / "transformer");
         change(m / "transformer/diffusion_pytorch_model.safetensors.index.json",
                {{"weight_map", {{"a", "../../model-1.safetensors"}}}});
       },
       {"index.json", "../../model-1.safetensors"}},
      {"a pickle in place of the network's weights",
       ErrorKind::file,
       [](const fs::path& m) {
         fs::rename(m / "transformer" / weights, m / "transformer/diffusion_pytorch_model.bin");
       },
       {"transformer", "diffusion_pytorch_model.bin"}},
      {"a pickle in place of the decoder's weights",
       ErrorKind::file,
       [](const fs::path& m) { fs::rename(m / "vae" / weights, m / "vae/diffusion_pytorch_model.bin"); },
       {"vae", "diffusion_pytorch_model.bin"}},
      {"no weights of the decoder",
       ErrorKind::system,
       [](const fs::path& m) { fs::remove(m / "vae" / weights); },
       {"vae", "no weights"}},
      {"weights that end early",
       ErrorKind::file,
       [](const fs::path& m) { fs::resize_file(m / "vae" / weights, 3000); },
       {"vae", weights}},
      {"a tensor of another shape",
       ErrorKind::file,
       [](const fs::path& m) {
         retensor(m / "transformer", "proj_out_1.weight", at::zeros({32, 15}));
       },
       {"transformer", "'proj_out_1.weight'", "[32, 15]", "[32, 16]"}},
      {"a table of classes without the null class",
       ErrorKind::file,
       [](const fs::path& m) {
         retensor(m / "transformer", "transformer_blocks.1.norm1.emb.class_embedder.embedding_table.weight",
                  at::zeros({5, 16}));
       },
       {"embedding_table.weight", "[5, 16]", "[6, 16]"}},
      {"a tensor that is missing",
       ErrorKind::file,
       [](const fs::path& m) { retensor(m / "vae", "decoder.conv_in.bias", std::nullopt); },
       {"vae", "'decoder.conv_in.bias' is missing"}},
      {"a tensor too many",
       ErrorKind::file,
       [](const fs::path& m) { retensor(m / "vae", "decoder.extra", at::zeros({1})); },
       {"vae", "'decoder.extra'", "no layer"}},
      {"NaN in the decoder",
       ErrorKind::file,
       [](const fs::path& m) { retensor(m / "vae", "decoder.conv_in.bias", at::full({16}, NAN)); },
       {"vae", "'decoder.conv_in.bias'", "NaN"}},
      {"more layers than the weights have",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "transformer/config.json", {{"num_layers", 3}});
       },
       {"transformer", "transformer_blocks.2", "is missing"}},
      {"a negative size",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "transformer/config.json", {{"sample_size", -8}});
       },
       {"transformer/config.json", "'sample_size' is -8"}},
      {"tokens without end",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "transformer/config.json", {{"sample_size", 8192}, {"patch_size", 1}});
       },
       {"transformer/config.json", "'sample_size'", "67108864 tokens"}},
      {"an unknown transformer",
       ErrorKind::unsupported,
       [](const fs::path& m) {
         change(m / "transformer/config.json", {{"_class_name", "FluxTransformer2DModel"}});
       },
       {"transformer/config.json", "'FluxTransformer2DModel'", "DiTTransformer2DModel"}},
      {"an unknown block of the decoder",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "vae/config.json", {{"up_block_types", {"UpDecoderBlock2D", "UpBlock2D"}}});
       },
       {"vae/config.json", "'up_block_types'", "'UpBlock2D'"}},
      {"a decoder of other channels",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "vae/config.json", {{"latent_channels", 16}});
       },
       {"vae/config.json", "'latent_channels' is 16", "[4, 8, 8]"}},
      {"pictures without end",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "vae/config.json",
                {{"block_out_channels", std::vector<int>(16, 8)},
                 {"down_block_types", std::vector<std::string>(16, "DownEncoderBlock2D")},
                 {"up_block_types", std::vector<std::string>(16, "UpDecoderBlock2D")}});
       },
       {"vae/config.json", "'block_out_channels' has 16 levels", "262144 x 262144"}},
      {"a decoder of no pictures",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "vae/config.json", {{"out_channels", 5}});
       },
       {"vae/config.json", "'out_channels' is 5"}},
      {"no scale",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "vae/config.json", {{"scaling_factor", 0}});
       },
       {"vae/config.json", "'scaling_factor' is 0"}},
      {"a decoder that the index names and nobody has",
       ErrorKind::system,
       [](const fs::path& m) { fs::remove_all(m / "vae"); },
       {"model_index.json", "'vae'"}},
      {"an autoencoder without a class",
       ErrorKind::file,
       [](const fs::path& m) { spill_text(m / "vae/config.json", "{}"); },
       {"vae/config.json", "_class_name"}},
      {"a configuration that is no JSON",
       ErrorKind::file,
       [](const fs::path& m) { spill_text(m / "vae/config.json", "{\"a\": "); },
       {"vae/config.json:1"}},
      {"a class that there is not",
       ErrorKind::file,
       [](const fs::path& m) {
         change(m / "model_index.json", {{"id2label", {{"5", "fox"}}}});
       },
       {"model_index.json", "'id2label'", "class 5"}},
      {"another component",
       ErrorKind::unsupported,
       [](const fs::path& m) {
         change(m / "model_index.json", {{"text_encoder", {"transformers", "T5EncoderModel"}}});
       },
       {"model_index.json", "'text_encoder'"}},
  };
  return all;
}

TEST(DiffusersHostile, EveryBrokenPipelineIsRefusedInOneSentence) {
  TempFolder folder;
  ulam::test::write_dit_pipeline(folder / "whole");
  ASSERT_TRUE(load_model(folder / "whole").decoder);
  for (const Broken& broken : broken_folders()) {
    SCOPED_TRACE(broken.what);
    const fs::path at = folder / "broken";
    fs::remove_all(at);
    fs::copy(folder / "whole", at, fs::copy_options::recursive);
    broken.spoil(at);
    ulam::testing::expect_error(broken.kind, broken.says, [&] { load_model(at.string()); });
  }
}

TEST(DiffusersHostile, ShardsOfAPipelineAreTheSameModel) {
  TempFolder folder;
  ulam::test::write_dit_pipeline(folder / "m");
  const LoadedModel before = load_model(folder / "m");
  shard(folder / "m/transformer");
  shard(folder / "m/vae");
  const LoadedModel after = load_model(folder / "m");
  EXPECT_EQ(before.model->info().hash, after.model->info().hash);
  EXPECT_EQ(before.decoder->info().hash, after.decoder->info().hash);
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_hostile_test
