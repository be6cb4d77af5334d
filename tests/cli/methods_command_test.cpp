#include "ulam/cli/methods_command.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::cli::methods_command_test {
namespace {

std::vector<Method> table() {
  Entry ddim;
  ddim.name = "ddim";
  ddim.purpose = "First order.";
  ddim.cost = "N evaluations";
  ddim.paper = "Song et al. 2021";
  ddim.parameters = {{"eta", OptionType::real, "0", "share of noise", 0, 1, {}, ""}};
  Entry heun;
  heun.name = "heun";
  return {{"solver", ddim}, {"solver", heun}};
}

TEST(Methods, TheTableHasALineAMethod) {
  const std::string text = methods_text(table(), "", MethodsForm::text);
  EXPECT_NE(text.find("ddim"), std::string::npos);
  EXPECT_NE(text.find("heun"), std::string::npos);
}

TEST(Methods, DetailsShowParametersWithRangeAndDefault) {
  const std::string text = methods_text(table(), "ddim", MethodsForm::text);
  EXPECT_NE(text.find("number from 0 to 1, default 0"), std::string::npos);
  EXPECT_NE(text.find("Song et al. 2021"), std::string::npos);
  EXPECT_EQ(text.find("heun"), std::string::npos);
}

TEST(Methods, JsonHoldsTheWholeEntry) {
  const auto list = nlohmann::json::parse(methods_text(table(), "ddim", MethodsForm::json));
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["kind"], "solver");
  EXPECT_EQ(list[0]["parameters"][0]["most"], 1.0);
  EXPECT_EQ(list[0]["parameters"][0]["type"], "real");
}

TEST(Methods, MarkdownIsATable) {
  EXPECT_TRUE(methods_text(table(), "", MethodsForm::markdown).starts_with("| kind | name |"));
}

TEST(Methods, UnknownNamesAreRefused) {
  EXPECT_THROW(methods_text(table(), "dim", MethodsForm::text), Error);
}

}  // namespace
}  // namespace ulam::cli::methods_command_test
