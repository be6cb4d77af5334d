#include "ulam/model/model_folder.h"

#include "tests/io/support.h"
#include "tests/model/diffusers_support.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/model/bundle.h"

namespace ulam::model_folder_test {
namespace {
using io::test::TempFolder;
using testing::expect_error;

TEST(ModelFolder, ABundleAndADiffusersFolderAreBothModels) {
  TempFolder folder;
  BundleConfig config;
  config.name = "ours";
  config.network = test::small_unet();
  config.classes = {"a", "b", "c"};
  config.draw = {{"solver", "heun"}};
  config.card = {{"purpose", "a test"}};
  save_bundle(folder / "ours", config, *test::filled(config.network));
  test::write_component(folder / "theirs/unet", test::peer_cases("unet2d.safetensors").at("plain"));
  EXPECT_TRUE(is_model_folder(folder / "ours"));
  EXPECT_TRUE(is_model_folder(folder / "theirs"));
  EXPECT_FALSE(is_model_folder(folder.path()));

  const FolderModel ours = load_model_folder(folder / "ours"), theirs = load_model_folder(folder / "theirs");
  EXPECT_EQ(ours.model->info().name, "ours");
  EXPECT_EQ(ours.draw.at("solver"), "heun");
  EXPECT_TRUE(ours.warnings.empty());
  EXPECT_EQ(theirs.model->info().name, "theirs");
  EXPECT_EQ(theirs.draw.at("solver"), "ddpm");
  EXPECT_EQ(theirs.warnings.size(), 1u);
  EXPECT_FALSE(ours.decoder || theirs.decoder);
  test::write_dit_pipeline(folder / "latent");
  EXPECT_TRUE(load_model_folder(folder / "latent").decoder);

  const FolderCard a = read_folder_card(folder / "ours"), b = read_folder_card(folder / "theirs");
  EXPECT_EQ(a.kind, "unet");
  EXPECT_EQ(a.classes, 3);
  EXPECT_EQ(a.purpose, "a test");
  EXPECT_GT(a.bytes, 1000u);
  EXPECT_EQ(b.kind, "UNet2DModel");
  EXPECT_EQ(b.model.at("scheduler"), "DDPMScheduler");
  EXPECT_GT(b.bytes, 1000u);
}

TEST(ModelFolder, AFolderThatIsNeitherSaysWhatWouldBe) {
  TempFolder folder;
  for (const auto& read : {std::function<void()>([&] { load_model_folder(folder.path()); }),
                           {[&] { read_folder_card(folder.path()); }}})
    expect_error(ErrorKind::system, {folder.path(), "model.json", "model_index.json"}, read);
  expect_error(ErrorKind::system, {"no such folder"}, [&] { load_model_folder(folder / "absent"); });
  io::write_file_atomic(folder / "file", "x");
  expect_error(ErrorKind::system, {"is not a folder"}, [&] { load_model_folder(folder / "file"); });
}

}  // namespace
}  // namespace ulam::model_folder_test
