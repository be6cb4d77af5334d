#include "ulam/model/bundle.h"

#include "tests/model/support.h"
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::bundle_test {
namespace {
namespace fs = std::filesystem;

struct Bundle : ::testing::Test {
  fs::path folder =
      fs::temp_directory_path() /
      ("ulam-bundle-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  BundleConfig config;
  std::unique_ptr<Network> network = test::filled(test::small_unet());

  void SetUp() override {
    fs::remove_all(folder);
    config.name = "small";
    config.network = test::small_unet();
    config.classes = {"a", "b", "c"};
    config.head.sigma_data = 0.7;
    save_bundle(folder.string(), config, *network);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string load_error() const {
    try {
      load_bundle(folder.string());
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(Bundle, ASavedBundlePredictsTheSameBits) {
  ASSERT_TRUE(is_bundle(folder.string()));
  const auto model = load_bundle(folder.string());
  EXPECT_EQ(model->info().conditions.at(0).class_names, config.classes);
  EXPECT_EQ(model->info().head.sigma_data, 0.7);
  const at::Tensor x = test::normals({2, 1, 8, 8}, 1), c = at::zeros({2});
  Call call;
  EXPECT_TRUE(at::equal(model->network().forward(x, c, {}, call), network->forward(x, c, {}, call)));
}

// Half the file; every weight is the nearest float16, and the network computes in float as before.
TEST_F(Bundle, HalfWeightsAreTheNearest) {
  const auto whole = fs::file_size(folder / "weights.safetensors");
  save_bundle(folder.string(), config, *network, true);
  EXPECT_LT(static_cast<double>(fs::file_size(folder / "weights.safetensors")),
            .7 * static_cast<double>(whole));
  const auto model = load_bundle(folder.string());
  const auto &written = model->network().parameters().list(), &own = network->parameters().list();
  for (std::size_t i = 0; i < own.size(); ++i) {
    EXPECT_EQ(written[i].tensor.scalar_type(), at::kFloat);
    EXPECT_TRUE(at::equal(written[i].tensor, own[i].tensor.to(at::kHalf).to(at::kFloat))) << own[i].name;
  }
  at::Tensor(own[0].tensor).fill_(1e6);
  try {
    save_bundle(folder.string(), config, *network, true);
    ADD_FAILURE() << "wrote infinity";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::numeric);
    EXPECT_NE(std::string(error.what()).find(own[0].name), std::string::npos);
  }
}

TEST_F(Bundle, ConfigurationRoundTrips) {
  EXPECT_EQ(parse_bundle_config(config.json(), "x").json(), config.json());
}

TEST_F(Bundle, BadFoldersAreNamed) {
  EXPECT_FALSE(is_bundle((folder / "nowhere").string()));
  EXPECT_THROW(load_bundle((folder / "nowhere").string()), Error);
  EXPECT_THROW(load_bundle((folder / "model.json").string()), Error);
  fs::resize_file(folder / "weights.safetensors", 100);
  EXPECT_NE(load_error().find("weights.safetensors"), std::string::npos);
  fs::remove(folder / "weights.safetensors");
  EXPECT_NE(load_error().find("weights.safetensors"), std::string::npos);
}

TEST_F(Bundle, BadFieldsAreNamed) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"format": 2})", "'format' is 2"},
      {R"({"prediction": "edn"})", "edn"},
      {R"({"sigma_data": -1})", "'sigma_data'"},
      {R"({"range": [1, -1]})", "'range'"},
      {R"({"range": [1]})", "'range'"},
      {R"({"classes": ["a"]})", "1 class names for 3 classes"},
      {R"({"path": {"kind": "edm", "sigma_max": -1}})", "sigma_max"},
      {R"({"weigths": 1})", "weigths"},
      {R"({"network": {"channels": 16}})", "has shape"},
      {R"({"row_limit": -4})", "'row_limit'"},
      {R"({"card": 5})", "'card'"},
      {R"({"name": 5})", "name"}};
  for (const auto& [change, says] : table) {
    nlohmann::json json = config.json();
    json.merge_patch(nlohmann::json::parse(change));
    std::ofstream(folder / "model.json") << json.dump();
    EXPECT_NE(load_error().find(says), std::string::npos) << change << " gave: " << load_error();
  }
}

}  // namespace
}  // namespace ulam::bundle_test
