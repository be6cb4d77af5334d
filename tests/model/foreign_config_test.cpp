#include "ulam/model/foreign_config.h"

#include "tests/errors.h"
#include "tests/model/script_support.h"

#include <gtest/gtest.h>

namespace ulam::foreign_config_test {
namespace {
using testing::expect_error;

ForeignConfig parsed(const nlohmann::json& change) {
  return parse_foreign_config(parse_bundle_config(test::script_config(change), "model.json"), "model.json");
}

TEST(ForeignConfig, SaysWhatTheNetworkIsGiven) {
  const ForeignConfig plain = parsed({{"classes", nullptr}, {"null_class", nullptr}});
  EXPECT_EQ(plain.classes, 0);
  EXPECT_EQ(plain.time, ForeignConfig::Time::path);
  EXPECT_FALSE(plain.scaled);
  EXPECT_EQ(plain.dtype, at::kFloat);
  const ForeignConfig other = parsed({{"time", "c_noise"}, {"input", "scaled"}, {"dtype", "float64"}});
  EXPECT_EQ(other.time, ForeignConfig::Time::c_noise);
  EXPECT_TRUE(other.scaled);
  EXPECT_EQ(other.dtype, at::kDouble);
  EXPECT_TRUE(other.null_class);
  BundleConfig bundle = parse_bundle_config(test::script_config(), "x");
  EXPECT_TRUE(is_foreign(bundle));
  bundle.network = 5;
  EXPECT_FALSE(is_foreign(bundle));
}

TEST(ForeignConfig, BadFieldsAreNamed) {
  const std::pair<nlohmann::json, const char*> table[] = {{{{"file", "../network.pt"}}, "'file'"},
                                                          {{{"file", "/etc/passwd"}}, "'file'"},
                                                          {{{"file", ".."}}, "'file'"},
                                                          {{{"file", ""}}, "'file'"},
                                                          {{{"file", std::string("a\0b", 3)}}, "'file'"},
                                                          {{{"file", "a\nb/c"}}, "'file'"},
                                                          {{{"file", 5}}, "file"},
                                                          {{{"shape", nullptr}}, "'shape'"},
                                                          {{{"shape", {0}}}, "'shape'"},
                                                          {{{"time", "sigma"}}, "'time'"},
                                                          {{{"input", true}}, "'input'"},
                                                          {{{"dtype", "float16"}}, "'dtype'"},
                                                          {{{"classes", -1}}, "'classes'"},
                                                          {{{"classes", 0}}, "'null_class'"},
                                                          {{{"tiem", "path"}}, "nearest: time"}};
  for (const auto& [change, says] : table) {
    const std::string sentence = testing::error_text([&, &c = change] { parsed(c); });
    EXPECT_NE(sentence.find(says), std::string::npos) << change << " gave: " << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  }
  nlohmann::json named = test::script_config();
  named["classes"] = {"a", "b"};
  expect_error(ErrorKind::option, {"2 class names for 3 classes"},
               [&] { parse_foreign_config(parse_bundle_config(named, "x"), "x"); });
}

}  // namespace
}  // namespace ulam::foreign_config_test
