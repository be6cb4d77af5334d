#include "ulam/learn/sims.h"

#include "tests/errors.h"
#include "tests/model/support.h"
#include <filesystem>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::sims_test {
namespace {
namespace fs = std::filesystem;

struct Sims : ::testing::Test {
  fs::path folder =
      fs::temp_directory_path() /
      ("ulam-sims-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  void SetUp() override {
    fs::remove_all(folder);
    BundleConfig config;
    config.name = "small";
    config.network = test::small_unet();
    config.draw = {{"solver", "heun"}, {"steps", 2}};
    config.card["training"] = {{"options", "kind=auto,steps=7500,log_mean=-0.3,augment=none"}};
    save_bundle((folder / "small").string(), config, *test::filled(config.network));
  }
  void TearDown() override { fs::remove_all(folder); }
  SimsRequest request(std::map<std::string, std::string> given = {}) const {
    SimsRequest r;
    r.model = (folder / "small").string();
    r.out = (folder / "out").string();
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"draws", "24"}, {"steps", "4"}, {"batch", "8"}, {"device", "cpu"}, {"warm_up", "0"}})
      given.try_emplace(name, value);
    r.given = given;
    return r;
  }
};

// The copy starts at the model's weights and learns from its draws alone, with the loss that the model
// learned by.
TEST_F(Sims, FineTunesACopyOnTheModelsOwnDraws) {
  const SimsReport report = learn_sims(request(), {});
  EXPECT_EQ(report.draws.rows, 24);
  EXPECT_EQ(report.draws.evaluations, 24 * 3);  // the model's own solver and steps
  EXPECT_TRUE(report.training.finished);
  const BundleConfig config = read_bundle_config((folder / "out").string());
  EXPECT_EQ(config.name, "small-sims");
  EXPECT_EQ(config.card["training"]["data"], "draws.npz");
  const std::string options = config.card["training"]["options"];
  EXPECT_NE(options.find("log_mean=-0.3"), std::string::npos) << options;
  EXPECT_NE(options.find("start=weights"), std::string::npos) << options;
  EXPECT_NE(load_bundle((folder / "out").string())->info().hash,
            load_bundle((folder / "small").string())->info().hash);
}

// A copy that has learned nothing is the model: guidance away from it must be 0 (budget 0 of the sheet).
TEST_F(Sims, WithoutARateTheCopyIsTheModel) {
  learn_sims(request({{"rate", "0"}}), {});
  const auto model = load_bundle((folder / "small").string()), copy = load_bundle((folder / "out").string());
  const at::Tensor x = test::normals({3, 1, 8, 8}, 5), t = at::full({3}, 1.0, at::kDouble);
  Call one, two;
  EXPECT_TRUE(at::equal(model->forward(x, t, {}, one), copy->forward(x, t, {}, two)));
}

TEST_F(Sims, ACutRunEndsWithTheWeightsOfAWholeOne) {
  SimsRequest whole = request();
  whole.out = (folder / "whole").string();
  learn_sims(whole, {});
  for (const char* stage : {"drawing", "training"}) {
    CancelToken token;
    Watch watch;
    watch.cancel = &token;
    watch.progress = [&](const Progress& p) {
      if (p.what == stage && p.done >= 2) token.cancel();
    };
    EXPECT_FALSE(learn_sims(request(), watch).training.finished) << stage;
  }
  EXPECT_TRUE(learn_sims(request(), {}).training.finished);
  EXPECT_EQ(load_bundle((folder / "out").string())->info().hash, load_bundle(whole.out)->info().hash);
}

TEST_F(Sims, BadInputIsRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"draws=0"}, [&] {
    learn_sims(request({{"draws", "0"}}), {});
  });
  ulam::testing::expect_error(ErrorKind::option, {"ddin"}, [&] {
    learn_sims(request({{"solver", "ddin"}}), {});
  });
  SimsRequest self = request();
  self.out = self.model;
  ulam::testing::expect_error(ErrorKind::option, {"itself"}, [&] { learn_sims(self, {}); });
}

}  // namespace
}  // namespace ulam::sims_test
