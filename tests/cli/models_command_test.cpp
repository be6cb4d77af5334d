#include "ulam/cli/models_command.h"

#include "tests/cli/support.h"
#include "tests/model/diffusers_support.h"
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::cli::models_command_test {
namespace {

TEST(Models, ABrokenBundleIsALineNotAnError) {
  const cli_test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "broken");
  cli_test::spill(folder / "broken/model.json", "{");
  EXPECT_NE(models_text({folder.path()}, false).find("broken"), std::string::npos);
  const auto list = nlohmann::json::parse(models_text({folder.path()}, true));
  ASSERT_EQ(list.size(), 1u);
  EXPECT_TRUE(list[0].contains("error"));
}

TEST(Models, FoldersOfDiffusersAreListedWithTheirClasses) {
  const cli_test::TemporaryFolder folder;
  test::write_component(folder / "digits/unet", test::peer_cases("unet2d.safetensors").at("classes"));
  const std::string text = models_text({folder.path()}, false);
  for (const char* part : {"digits", "UNet2DModel", "5", " MB", "DDPMScheduler"})
    EXPECT_NE(text.find(part), text.npos) << text;
  const auto list = nlohmann::json::parse(models_text({folder.path()}, true));
  EXPECT_EQ(list.at(0).at("model").at("network"), "UNet2DModel");
}

TEST(Models, NothingFoundSaysWhereItLooked) {
  EXPECT_NE(models_text({"/nowhere"}, false).find("/nowhere"), std::string::npos);
  EXPECT_EQ(models_text({"/nowhere"}, true), "[]\n");
}

}  // namespace
}  // namespace ulam::cli::models_command_test
