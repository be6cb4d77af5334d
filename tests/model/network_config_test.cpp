#include "ulam/model/network_config.h"

#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::network_config_test {
namespace {

struct Bad {
  const char* change;  // merged into the small U-Net
  const char* says;
};

// Every field of a hand-written configuration is checked before a tensor is made.
TEST(NetworkConfig, BadConfigurationsAreRefusedWithTheField) {
  const Bad table[] = {
      {R"({"channels": 0})", "'channels' must be in 4..1024, got 0"},
      {R"({"channels": -8})", "'channels' must be in 4..1024, got -8"},
      {R"({"channels": 1.5})", "'channels' must be a whole number"},
      {R"({"channels": "8"})", "'channels' must be a whole number"},
      {R"({"chanels": 8})", "unknown field 'chanels'"},
      {R"({"shape": [1, 9, 8]})", "must be multiples of 2"},
      {R"({"shape": [64]})", "'shape' must be [channels, height, width]"},
      {R"({"shape": []})", "'shape' must be a list of 1 to 4 sizes"},
      {R"({"shape": [4096, 4096, 4096]})", "more than 2^24"},
      {R"({"shape": [1, -8, 8]})", "'shape' must be in 1.."},
      {R"({"multipliers": []})", "'multipliers' must be a list"},
      {R"({"blocks": [1]})", "'blocks' has 1 entries for 2 levels"},
      {R"({"attention": [2]})", "'attention' must be in 0..1, got 2"},
      {R"({"heads": 3})", "cannot be cut into 3 heads"},
      {R"({"groups": 3})", "cannot be cut into 3 groups"},
      {R"({"kind": "unett"})", "unett"},
      {R"({"kind": 5})", "needs a field 'kind'"},
  };
  for (const Bad& bad : table) {
    nlohmann::json config = test::small_unet();
    config.merge_patch(nlohmann::json::parse(bad.change));
    try {
      make_network(config, "model.json: network");
      ADD_FAILURE() << bad.change << " was taken";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(bad.says), std::string::npos)
          << bad.change << " gave: " << e.what();
      EXPECT_EQ(std::string(e.what()).find("model.json: network"),
                std::string(e.what()).find("network:") == 0 ? std::string::npos : 0u)
          << e.what();
    }
  }
}

TEST(NetworkConfig, FlagsAndDefaults) {
  const nlohmann::json json = {{"kind", "x"}, {"yes", true}};
  NetworkConfig config(json, "p");
  EXPECT_TRUE(config.flag("yes", false));
  EXPECT_FALSE(config.flag("no", false));
  EXPECT_EQ(config.integer("n", 7, 0, 9), 7);
  EXPECT_NO_THROW(config.finish());
}

TEST(NetworkConfig, ListsOfNumbersAndTexts) {
  const nlohmann::json json = {{"kind", "x"}, {"two", {1, 2.5}}, {"names", {"a", "b"}}, {"twice", {"a", "a"}}, {"empty", {""}}};
  NetworkConfig config(json, "p");
  EXPECT_EQ(config.reals("two", {}, 2, 0, 3), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(config.reals("none", {4}, 1, 0, 3), (std::vector<double>{4}));
  EXPECT_THROW(config.reals("two", {}, 3, 0, 3), Error);
  EXPECT_THROW(config.reals("two", {}, 2, 0, 2), Error);
  EXPECT_THROW(config.reals("names", {}, 0, 0, 2), Error);
  EXPECT_EQ(config.texts("names", {}), (std::vector<std::string>{"a", "b"}));
  for (const char* bad : {"twice", "empty", "two"}) EXPECT_THROW(config.texts(bad, {}), Error);
}

}  // namespace
}  // namespace ulam::network_config_test
