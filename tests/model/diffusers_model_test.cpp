#include "ulam/model/diffusers_model.h"

#include "tests/io/support.h"
#include "tests/model/diffusers_support.h"
#include "tests/model/support.h"
#include <fstream>

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/model/diffusers_unet.h"
#include "ulam/model/diffusers_weights.h"

namespace ulam::diffusers::diffusers_model_test {
namespace {
namespace fs = std::filesystem;
using io::test::TempFolder;
using nlohmann::json;
using ulam::test::max_difference;
using ulam::test::normals;
using ulam::testing::expect_error;

const std::map<std::string, ulam::test::PeerCase>& cases() {
  static const auto all = ulam::test::peer_cases("unet2d.safetensors");
  return all;
}

void write_scheduler(const std::string& path, const char* name, json fields = json::object()) {
  fields["_class_name"] = name;
  fs::create_directories(fs::path(path).parent_path());
  io::write_json(path, fields);
}

/// A whole folder of the case, with a scheduler where one is named.
void write_folder(const std::string& folder, const std::string& name, const char* scheduler = "DDPMScheduler",
                  json fields = json::object()) {
  ulam::test::write_component(folder + "/unet", cases().at(name));
  write_scheduler(folder + "/scheduler/scheduler_config.json", scheduler, std::move(fields));
}

at::Tensor answer(const ModelPtr& model, const at::Tensor& x, double t, const Conditions& conditions = {}) {
  at::NoGradGuard off;
  Call call;
  return model->forward(x, at::full({x.size(0)}, t, at::kDouble), conditions, call);
}

at::Tensor direct(const std::string& name, const at::Tensor& x, double told) {
  at::NoGradGuard off;
  const auto& c = cases().at(name);
  TempFolder folder;
  ulam::test::write_component(folder / "u", c);
  Weights weights(folder / "u");
  const auto network = make_unet2d(c.config, parse_unet2d(c.config, "c"), &weights);
  Call call;
  return network->forward(x, at::full({x.size(0)}, told, at::kFloat), {}, call);
}

TEST(DiffusersModel, GivesTheNetworkTheIndexOfTheTable) {
  TempFolder folder;
  write_folder(folder / "digits", "plain");
  const LoadedModel m = load_model(folder / "digits/");
  EXPECT_TRUE(m.warnings.empty());
  const ModelInfo& info = m.model->info();
  EXPECT_EQ(info.name, "digits");
  EXPECT_EQ(info.head.kind, Prediction::noise);
  EXPECT_EQ(info.shape, (std::vector<std::int64_t>{3, 8, 8}));
  EXPECT_EQ(info.path.table_size(), 1000);
  EXPECT_EQ(m.draw.at("solver"), "ddpm");
  EXPECT_GT(info.flops_per_row, 0);
  const at::Tensor x = normals({2, 3, 8, 8}, 1);
  for (const double t : {0.0, 17.0, 512.5, 999.0})
    EXPECT_EQ(max_difference(answer(m.model, x, t), direct("plain", x, t)), 0);
  EXPECT_EQ(max_difference(answer(m.model, x, -1), direct("plain", x, 0)), 0);
  EXPECT_EQ(answer(m.model, x.slice(0, 0, 0), 5).size(0), 0);
}

TEST(DiffusersModel, ScalesAndTellsTheTimeAsKarrasEtAlDo) {
  TempFolder folder;
  write_folder(folder / "m", "plain", "EDMEulerScheduler", {{"sigma_data", 0.5}});
  const LoadedModel m = load_model(folder / "m");
  const at::Tensor x = normals({2, 3, 8, 8}, 1);
  const double sigma = 3.7;
  EXPECT_LT(max_difference(answer(m.model, x, sigma),
                           direct("plain", x / std::sqrt(sigma * sigma + 0.25), std::log(sigma) / 4)),
            1e-4);
}

TEST(DiffusersModel, AFlowsAnswerIsThePathsOwnDerivative) {
  TempFolder folder;
  write_folder(folder / "m", "plain", "FlowMatchEulerDiscreteScheduler", {{"shift", 3.0}});
  const LoadedModel m = load_model(folder / "m");
  const at::Tensor x = normals({2, 3, 8, 8}, 1);
  const Marginal at = m.model->info().path.at(0.4);
  EXPECT_NEAR(at.s, 3 * 0.4 / (1 + 2 * 0.4), 1e-12);
  EXPECT_LT(max_difference(answer(m.model, x, 0.4), direct("plain", x, 1000 * at.s) * at.ds), 1e-4);
}

TEST(DiffusersModel, AScoreModelIsToldTheLevel) {
  TempFolder folder;
  write_folder(folder / "m", "fourier", "ScoreSdeVeScheduler", {{"sigma_max", 50.0}});
  const LoadedModel m = load_model(folder / "m");
  const double level = m.model->info().path.at(0.3).s;
  const at::Tensor x = normals({2, 3, 8, 8}, 1);
  EXPECT_LT(max_difference(answer(m.model, x, 0.3), direct("fourier", x, level)), 1e-4);
}

TEST(DiffusersModel, OfALearnedVarianceTheMeanIsTaken) {
  TempFolder folder;
  write_folder(folder / "m", "more_out", "DDPMScheduler", {{"variance_type", "learned_range"}});
  const LoadedModel m = load_model(folder / "m");
  const at::Tensor x = normals({2, 1, 8, 8}, 1);
  const at::Tensor y = answer(m.model, x, 10);
  EXPECT_EQ(y.sizes(), x.sizes());
  EXPECT_EQ(max_difference(y, direct("more_out", x, 10).slice(1, 0, 1)), 0);
  write_folder(folder / "m", "more_out");
  expect_error(ErrorKind::file, {"answers 2 channels", "need 1"}, [&] { load_model(folder / "m"); });
}

TEST(DiffusersModel, ClassesAreLabels) {
  TempFolder folder;
  write_folder(folder / "m", "classes");
  const LoadedModel m = load_model(folder / "m");
  ASSERT_EQ(m.model->info().conditions.size(), 1u);
  EXPECT_EQ(m.model->info().conditions[0].classes, 5);
  EXPECT_FALSE(m.model->info().conditions[0].null_class);
  const at::Tensor x = normals({2, 3, 8, 8}, 1);
  const auto labelled = [&](int k) {
    return answer(m.model, x, 9, {{"label", at::full({2}, k, at::kLong)}});
  };
  EXPECT_GT(max_difference(labelled(1), labelled(4)), 1e-3);
  expect_error(ErrorKind::unsupported, {"label", "no null class"}, [&] { answer(m.model, x, 9); });
}

TEST(DiffusersModel, ReadsFoldersOfEveryForm) {
  TempFolder folder;
  const auto& c = cases().at("plain");
  ulam::test::write_component(folder / "flat", c);
  EXPECT_TRUE(is_model_folder(folder / "flat"));
  EXPECT_EQ(load_model(folder / "flat").warnings.size(), 1u);  // no scheduler
  write_scheduler(folder / "flat/scheduler_config.json", "DDIMScheduler");
  EXPECT_TRUE(load_model(folder / "flat").warnings.empty());
  EXPECT_EQ(load_model(folder / "flat").draw.at("solver"), "ddim");
  ulam::test::write_component(folder / "bare/unet", c);
  EXPECT_TRUE(is_model_folder(folder / "bare"));
  EXPECT_EQ(load_model(folder / "bare").warnings.size(), 1u);
  const Description d = describe(folder / "flat");
  EXPECT_EQ(d.kind, "UNet2DModel");
  EXPECT_EQ(d.scheduler, "DDIMScheduler");
  EXPECT_GT(d.bytes, 1000u);
  fs::create_directory(folder / "other");
  std::ofstream(folder / "other/config.json") << R"({"model_type": "bert"})";
  EXPECT_FALSE(is_model_folder(folder / "other"));
  std::ofstream(folder / "other/config.json") << "{";
  EXPECT_FALSE(is_model_folder(folder / "other"));
  EXPECT_FALSE(is_model_folder(folder / "absent"));
}

// Caches stand under the hash: what changes the answers must change it.
TEST(DiffusersModel, TheHashIsOfWeightsConfigurationAndSchedule) {
  TempFolder folder;
  std::set<std::uint64_t> hashes;
  const auto add = [&] { hashes.insert(load_model(folder / "m").model->info().hash); };
  write_folder(folder / "m", "plain");
  add();
  add();
  EXPECT_EQ(hashes.size(), 1u);
  write_folder(folder / "m", "plain", "DDPMScheduler", {{"beta_end", 0.03}});
  add();
  write_folder(folder / "m", "plain", "DDPMScheduler", {{"prediction_type", "sample"}});
  add();
  ulam::test::PeerCase c = cases().at("plain");
  c.config["norm_eps"] = 1e-4;
  ulam::test::write_component(folder / "m/unet", c);
  add();
  std::swap(c.weights.arrays[0].second.bytes[0], c.weights.arrays[0].second.bytes[4]);
  ulam::test::write_component(folder / "m/unet", c);
  add();
  EXPECT_EQ(hashes.size(), 5u);
}

TEST(DiffusersModel, RefusesPipelinesThatNeedMore) {
  TempFolder folder;
  write_folder(folder / "m", "plain");
  const std::string index = folder / "m/model_index.json";
  const auto refused = [&](ErrorKind kind, const json& j, const std::vector<std::string>& says) {
    SCOPED_TRACE(says[0]);
    io::write_json(index, j);
    expect_error(kind, says, [&] { load_model(folder / "m"); });
  };
  const json unet = {"diffusers", "UNet2DModel"};
  refused(ErrorKind::unsupported,
          {{"_class_name", "X"}, {"unet", unet}, {"text_encoder", {"transformers", "CLIPTextModel"}}},
          {"'text_encoder'"});
  refused(ErrorKind::unsupported, {{"_class_name", "X"}, {"prior", {"diffusers", "PriorTransformer"}}},
          {"neither a 'unet' nor a 'transformer'"});
  refused(ErrorKind::file, json::array(), {index});
  io::write_json(index, {{"unet", unet}, {"safety_checker", {nullptr, nullptr}}, {"flag", true}});
  EXPECT_TRUE(load_model(folder / "m").warnings.empty());
  io::write_json(index, {{"unet", unet}, {"vqvae", {"diffusers", "VQModel"}}});
  ASSERT_EQ(load_model(folder / "m").warnings.size(), 1u);
  EXPECT_NE(load_model(folder / "m").warnings[0].find("latents"), std::string::npos);
}

// A latent model without its autoencoder cannot show what it drew.
TEST(DiffusersModel, ADitPipelineHasClassesWithNamesANullClassAndADecoder) {
  TempFolder folder;
  ulam::test::write_dit_pipeline(folder / "dit");
  EXPECT_TRUE(is_model_folder(folder / "dit"));
  const LoadedModel m = load_model(folder / "dit");
  EXPECT_TRUE(m.warnings.empty());
  const ModelInfo& info = m.model->info();
  EXPECT_EQ(info.shape, (std::vector<std::int64_t>{4, 8, 8}));
  ASSERT_EQ(info.conditions.size(), 1u);
  EXPECT_TRUE(info.conditions[0].null_class);
  EXPECT_EQ(info.conditions[0].class_names,
            (std::vector<std::string>{"tench, Tinca tinca", "1", "2", "red fox", "4"}));
  EXPECT_EQ(m.draw.at("solver"), "ddim");
  ASSERT_TRUE(m.decoder);
  EXPECT_EQ(m.decoder->info().shape, (std::vector<std::int64_t>{3, 16, 16}));
  const at::Tensor x = normals({2, 4, 8, 8}, 1);
  EXPECT_EQ(m.decoder->decode(x).sizes(), (at::IntArrayRef{2, 3, 16, 16}));
  EXPECT_EQ(answer(m.model, x, 30).sizes(), x.sizes());  // the first half of the network's channels
  EXPECT_EQ(max_difference(answer(m.model, x, 30),
                           answer(m.model, x, 30, {{"label", at::full({2}, 5, at::kLong)}})),
            0);
  const Description d = describe(folder / "dit");
  EXPECT_EQ(d.kind, "DiTTransformer2DModel");
  EXPECT_EQ(d.classes, 5);
  fs::remove(folder / "dit/model_index.json");
  EXPECT_TRUE(is_model_folder(folder / "dit"));
  EXPECT_TRUE(load_model(folder / "dit").decoder);
  EXPECT_TRUE(load_model(folder / "dit").model->info().conditions[0].class_names.empty());
  fs::remove_all(folder / "dit/vae");
  EXPECT_FALSE(load_model(folder / "dit").decoder);
}

TEST(DiffusersModel, ADitThatLearnsNoVarianceAndAnOlderOneAreRead) {
  TempFolder folder;
  for (const char* name : {"one_output", "older"}) {
    SCOPED_TRACE(name);
    ulam::test::write_dit_pipeline(folder / name, name, "");
    const LoadedModel m = load_model(folder / name);
    EXPECT_FALSE(m.decoder);
    const at::Tensor x = normals({2, 4, 8, 8}, 1);
    EXPECT_EQ(answer(m.model, x, 30).sizes(), x.sizes());
  }
}

TEST(DiffusersModel, AUNetOfLatentsIsDecodedToo) {
  TempFolder folder;
  for (const char* part : {"vae", "vqvae"}) {
    SCOPED_TRACE(part);
    const std::string at = folder / (std::string("m-") + part);
    write_folder(at, "plain");
    ulam::test::PeerCase vae = ulam::test::peer_cases("autoencoder_kl.safetensors").at("no_quant");
    ulam::test::write_component(at + "/" + part, vae);
    const json index = {{"unet", {"diffusers", "UNet2DModel"}}, {part, {"diffusers", "AutoencoderKL"}}};
    io::write_json(at + "/model_index.json", index);
    // It takes 4 channels, the network draws 3.
    expect_error(ErrorKind::file, {std::string(part) + "/config.json", "'latent_channels' is 4", "[3, 8, 8]"},
                 [&] { load_model(at); });
    vae = ulam::test::peer_cases("autoencoder_kl.safetensors").at("three_levels");
    vae.config["out_channels"] = 1;
    for (auto& [name, array] : vae.weights.arrays)
      if (name.starts_with("decoder.conv_out"))
        array = to_array(ulam::test::peer_weight(name, name.ends_with("bias")
                                                           ? std::vector<std::int64_t>{1}
                                                           : std::vector<std::int64_t>{1, 4, 3, 3}));
    ulam::test::write_component(at + "/" + part, vae);
    const LoadedModel m = load_model(at);
    EXPECT_TRUE(m.warnings.empty());
    ASSERT_TRUE(m.decoder);
    EXPECT_EQ(m.decoder->info().shape, (std::vector<std::int64_t>{1, 32, 32}));
    vae.config["_class_name"] = "VQModel";
    ulam::test::write_component(at + "/" + part, vae);
    ASSERT_EQ(load_model(at).warnings.size(), 1u);
    EXPECT_NE(load_model(at).warnings[0].find("'VQModel'"), std::string::npos);
    EXPECT_FALSE(load_model(at).decoder);
  }
}

TEST(DiffusersModel, RefusesFoldersThatDoNotFitTogether) {
  TempFolder folder;
  const auto with = [&](const std::string& name, const json& change) {
    ulam::test::PeerCase c = cases().at(name);
    c.config.update(change);
    ulam::test::write_component(folder / "m/unet", c);
    return [&folder] { load_model(folder / "m"); };
  };
  expect_error(ErrorKind::system, {"no such folder"}, [&] { load_model(folder / "absent"); });
  fs::create_directory(folder / "empty");
  expect_error(ErrorKind::system, {"config.json"}, [&] { load_model(folder / "empty"); });
  expect_error(ErrorKind::unsupported, {"'UNet2DConditionModel'", "UNet2DModel"},
               with("plain", {{"_class_name", "UNet2DConditionModel"}}));
  expect_error(ErrorKind::file, {"conv_in.weight", "[8, 3, 3, 3]", "[12, 3, 3, 3]"},
               with("plain", {{"block_out_channels", {12, 16}}}));
  expect_error(ErrorKind::file, {"no layer"}, with("mixed", {{"add_attention", false}}));
  expect_error(ErrorKind::file, {"is missing"}, with("no_middle", {{"mid_block_type", "UNetMidBlock2D"}}));
  expect_error(ErrorKind::file, {"num_train_timesteps", "50", "1000"}, with("learned", json::object()));
  expect_error(ErrorKind::unsupported, {"class_embed_type"}, with("class_identity", json::object()));
}

TEST(DiffusersModel, RefusesRowsThatDoNotFit) {
  TempFolder folder;
  write_folder(folder / "m", "plain");
  const ModelPtr model = load_model(folder / "m").model;
  expect_error(ErrorKind::shape, {"[3, 8, 8]"}, [&] { answer(model, normals({2, 1, 8, 8}, 1), 3); });
  expect_error(ErrorKind::shape, {"dtype"}, [&] {
    answer(model, normals({2, 3, 8, 8}, 1).to(at::kDouble), 3);
  });
  for (const double t : {1000.0, -2.0, std::nan("")})
    expect_error(ErrorKind::numeric, {"discrete"}, [&] { answer(model, normals({2, 3, 8, 8}, 1), t); });
  Call call;
  call.wanted_taps = {"no_such"};
  expect_error(ErrorKind::unsupported, {"no_such"}, [&] {
    model->forward(normals({1, 3, 8, 8}, 1), at::zeros({1}, at::kDouble), {}, call);
  });
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_model_test
