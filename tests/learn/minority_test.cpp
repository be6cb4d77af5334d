#include "ulam/learn/minority.h"

#include "tests/errors.h"
#include "tests/learn/support.h"
#include "tests/model/support.h"
#include <filesystem>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::minority_test {
namespace {
namespace fs = std::filesystem;

struct Minority : ::testing::Test {
  fs::path folder =
      fs::temp_directory_path() /
      ("ulam-minority-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
    test::write_squares(folder / "squares.npz", 80, 10);
    BundleConfig config;
    config.name = "small";
    config.network = test::small_unet();
    config.network["classes"] = 2;
    save_bundle((folder / "small").string(), config, *test::filled(config.network));
  }
  void TearDown() override { fs::remove_all(folder); }
  MinorityRequest request(std::map<std::string, std::string> given = {}) const {
    MinorityRequest r;
    r.model = (folder / "small").string();
    r.data = (folder / "squares.npz").string();
    r.out = (folder / "out").string();
    for (const auto& [name, value] : std::map<std::string, std::string>{{"rows", "60"},
                                                                        {"bins", "3"},
                                                                        {"noises", "2"},
                                                                        {"steps", "3"},
                                                                        {"batch", "8"},
                                                                        {"device", "cpu"}})
      given.try_emplace(name, value);
    r.given = given;
    return r;
  }
};

// The classifier must fit the model that it is to guide, and know of each bin as many pictures of every
// class.
TEST_F(Minority, TrainsAClassifierOfBinsThatFitsTheModel) {
  const MinorityReport report = learn_minority(request(), {});
  EXPECT_EQ(report.scored, 60);
  EXPECT_TRUE(report.training.finished);
  const auto classifier = load_bundle((folder / "out").string());
  const auto model = load_bundle((folder / "small").string());
  EXPECT_EQ(classifier->info().outputs.size(), 3u);
  EXPECT_EQ(classifier->info().shape, model->info().shape);
  EXPECT_EQ(classifier->info().path.json(), model->info().path.json());
  const Dataset train = read_dataset((folder / "out/rarity.npz").string(), Split::train),
                held = read_dataset((folder / "out/rarity.npz").string(), Split::test);
  EXPECT_EQ(train.size(), 54);
  EXPECT_EQ(held.size(), 6);
  const at::Tensor counts = at::bincount(at::cat({train.labels, held.labels}));
  EXPECT_TRUE(at::equal(counts, at::full({3}, 20, at::kLong))) << counts;
}

TEST_F(Minority, ACutRunScoresNothingTwice) {
  CancelToken token;
  Watch watch;
  watch.cancel = &token;
  watch.progress = [&](const Progress& p) {
    if (p.what == "training" && p.done >= 1) token.cancel();
  };
  EXPECT_FALSE(learn_minority(request(), watch).training.finished);
  const MinorityReport rest = learn_minority(request(), {});
  EXPECT_EQ(rest.scored, 0);
  EXPECT_TRUE(rest.training.finished);
  ulam::testing::expect_error(ErrorKind::option, {"other scores"}, [&] {
    learn_minority(request({{"sigma", "1"}}), {});
  });
}

TEST_F(Minority, BadInputIsRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"bins=1"}, [&] {
    learn_minority(request({{"bins", "1"}}), {});
  });
  ulam::testing::expect_error(ErrorKind::option, {"too few"}, [&] {
    learn_minority(request({{"bins", "50"}}), {});
  });
  MinorityRequest none = request();
  none.data = (folder / "none").string();
  ulam::testing::expect_error(ErrorKind::system, {"none"}, [&] { learn_minority(none, {}); });
}

}  // namespace
}  // namespace ulam::minority_test
