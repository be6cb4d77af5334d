#include "ulam/cli/models_command.h"

#include "tests/cli/support.h"
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::cli {
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

TEST(Models, NothingFoundSaysWhereItLooked) {
  EXPECT_NE(models_text({"/nowhere"}, false).find("/nowhere"), std::string::npos);
  EXPECT_EQ(models_text({"/nowhere"}, true), "[]\n");
}

}  // namespace
}  // namespace ulam::cli
