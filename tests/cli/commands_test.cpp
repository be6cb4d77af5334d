#include "ulam/cli/commands.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace ulam::cli::commands_test {
namespace {

// Whoever looks for help finds a purpose and, but for the plainest, examples at every command.
TEST(Commands, EachHasAPurposeAndExamples) {
  CLI::App root;
  const auto commands = add_commands(root, "ulam");
  EXPECT_GE(commands.size(), 9u);
  for (const Command& command : commands) {
    EXPECT_FALSE(command.app->get_description().empty()) << command.app->get_name();
    EXPECT_TRUE(command.app->get_name() == "models" || command.app->get_footer().starts_with("Examples:"))
        << command.app->get_name();
    EXPECT_NE(command.app->get_option_no_throw("--json"), nullptr) << command.app->get_name();
    EXPECT_TRUE(command.run) << command.app->get_name();
  }
}

// What one parse typed must not leak into the next.
TEST(Commands, TypedValuesBelongToOneSet) {
  CLI::App first, second;
  const auto others = add_commands(first, "ulam");
  const auto commands = add_commands(second, "ulam");
  first.parse("methods ddim --json");
  second.parse("methods");
  for (const Command& command : commands)
    EXPECT_EQ(command.app->parsed(), command.app->get_name() == "methods");
}

}  // namespace
}  // namespace ulam::cli::commands_test
