#include "ulam/cli/model_source.h"

#include "tests/cli/support.h"
#include "tests/model/diffusers_support.h"
#include <cstdlib>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::cli::model_source_test {
namespace {

using cli_test::TemporaryFolder;

ErrorKind refused(const std::string& text, const SourceOptions& options = {}, const std::string& part = "") {
  try {
    open_model(text, options, {"/nowhere"});
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
    return e.kind();
  }
  ADD_FAILURE() << text << " was opened";
  return ErrorKind::cancelled;
}

TEST(OpenModel, NamedProblemsAndProblemFilesOpenInDoubleOnTheirPath) {
  const Source tp1 = open_model("tp1", {}, {});
  EXPECT_EQ(tp1.model->info().dtype, at::kDouble);
  EXPECT_TRUE(tp1.model->info().exact);

  const TemporaryFolder folder;
  cli_test::spill(
      folder / "gmm.json",
      R"({"problem": "mixture", "weights": [1, 1], "means": [[0, 1], [2, 3]], "variances": [1, 0.5]})");
  const Source gmm = open_model(folder / "gmm.json", {"flow", "float32"}, {});
  EXPECT_EQ(gmm.model->info().shape, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(gmm.model->info().dtype, at::kFloat);
  EXPECT_EQ(gmm.model->info().path.t_noise(), 1);
}

TEST(OpenModel, WhatIsNotThereIsASentenceOfTheRightKind) {
  EXPECT_EQ(refused("tp2", {}, "nearest: tp1"), ErrorKind::option);
  EXPECT_EQ(refused("./missing"), ErrorKind::system);
  EXPECT_EQ(refused("missing.json"), ErrorKind::system);
  const TemporaryFolder folder;
  cli_test::spill(folder / "bad.json", "{\"problem\": ");
  EXPECT_EQ(refused(folder / "bad.json"), ErrorKind::file);
  EXPECT_EQ(refused("tp1", {"edn", ""}), ErrorKind::option);
}

TEST(OpenModel, AClassifierCannotBeDrawnFrom) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "judge");
  cli_test::spill(
      folder / "judge/model.json",
      R"({"format": 1, "name": "judge", "path": {"kind": "edm"}, "prediction": "edm", "network": {"kind": "classifier", "shape": [1, 28, 28], "classes": 10}})");
  EXPECT_EQ(refused(folder / "judge", {}, "classifier"), ErrorKind::unsupported);
}

TEST(OpenModel, AFolderOfDiffusersIsAModelLikeABundle) {
  const TemporaryFolder folder;
  test::write_component(folder / "digits/unet", test::peer_cases("unet2d.safetensors").at("plain"));
  const Source by_folder = open_model(folder / "digits", {}, {}),
               by_name = open_model("digits", {}, {folder.path()});
  EXPECT_EQ(by_folder.model->info().name, "digits");
  EXPECT_EQ(by_name.model->info().hash, by_folder.model->info().hash);
  EXPECT_EQ(by_folder.draw.at("solver"), "ddpm");
  EXPECT_EQ(by_folder.warnings.size(), 1u);
  EXPECT_EQ(find_model(folder / "digits", "x")->info().hash, by_folder.model->info().hash);
  EXPECT_EQ(refused(folder / "digits", {"edm", ""}, "--path"), ErrorKind::option);
  EXPECT_EQ(refused(folder / "digits", {"", "float64"}, "float32"), ErrorKind::unsupported);
  std::filesystem::create_directory(folder / "empty");
  EXPECT_EQ(refused(folder / "empty", {}, "model_index.json"), ErrorKind::system);
}

TEST(ShippedModels, TheFirstFolderWinsAndNamesAreSorted) {
  const TemporaryFolder a, b;
  for (const std::string& name : {a / "zebra", b / "ape", b / "zebra", b / "empty"})
    std::filesystem::create_directory(name);
  for (const std::string& name : {a / "zebra", b / "ape", b / "zebra"})
    cli_test::spill(name + "/model.json", "{}");
  const auto found = shipped_models({a.path(), "/nowhere", b.path()});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "ape");
  EXPECT_EQ(found[1].folder, a / "zebra");
}

TEST(ShippedModels, TheEnvironmentComesFirst) {
  setenv("ULAM_MODELS", "/first:/second", 1);
  const auto folders = model_folders();
  unsetenv("ULAM_MODELS");
  EXPECT_EQ(folders.at(0), "/first");
  EXPECT_EQ(folders.at(1), "/second");
  EXPECT_EQ(folders.back(), "models");
}

}  // namespace
}  // namespace ulam::cli::model_source_test
