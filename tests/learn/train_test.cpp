#include "ulam/learn/train.h"

#include "tests/learn/support.h"
#include "tests/model/support.h"
#include <fstream>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/model/gaussian_file.h"

namespace ulam::train_test {
namespace {
namespace fs = std::filesystem;

struct Train : ::testing::Test {
  fs::path folder =
      fs::temp_directory_path() /
      ("ulam-train-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
    test::write_squares(folder / "squares.npz", 64, 32);
    BundleConfig config;
    config.name = "squares";
    config.network = test::small_unet();
    config.network["classes"] = 2;
    config.classes = {"bright", "dark"};
    std::ofstream(folder / "model.json") << config.json().dump();
    config.network = test::small_classifier();
    config.network["outputs"] = 2;
    std::ofstream(folder / "classifier.json") << config.json().dump();
  }
  void TearDown() override { fs::remove_all(folder); }

  TrainRequest request(const std::string& model, std::map<std::string, std::string> given,
                       const std::string& out = "out") const {
    given.try_emplace("batch", "16");
    given.try_emplace("warm_up", "4");
    given.try_emplace("device", "cpu");
    given.try_emplace("statistics", "none");
    return {(folder / model).string(), (folder / "squares.npz").string(), (folder / out).string(),
            Options("train", train_parameters(), given), false};
  }
};

TEST_F(Train, WritesABundleThatLoads) {
  const TrainReport report = train(request("model.json", {{"steps", "10"}, {"checkpoint_every", "4"}}), {});
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.step, 10);
  EXPECT_FALSE(report.validation.empty());
  const auto model = load_bundle((folder / "out").string());
  EXPECT_EQ(model->info().conditions.at(0).classes, 2);
  EXPECT_EQ(read_bundle_config((folder / "out").string()).card["training"]["updates"], 10);
}

// At the end the statistics lie beside the weights, calibrated for these weights, or the caller did not want
// them.
TEST_F(Train, WritesStatisticsAtTheEnd) {
  const TrainReport report = train(request("model.json", {{"steps", "2"}, {"statistics", "write"}}), {});
  EXPECT_NE(report.statistics.find("directions"), std::string::npos) << report.statistics;
  const std::string out = (folder / "out").string();
  const auto model = load_bundle(out);
  const GaussianSetPtr set = load_gaussians(out, model->info());
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->classes.size(), 2u);
  EXPECT_EQ(set->calibrated, model->info().hash);
  EXPECT_EQ(train(request("model.json", {{"steps", "2"}}, "bare"), {}).statistics, "");
  EXPECT_EQ(load_gaussians((folder / "bare").string(), model->info()), nullptr);
}

TEST_F(Train, TheSameCommandResumes) {
  CancelToken token;
  Watch watch;
  watch.cancel = &token;
  watch.progress = [&](const Progress& p) {
    if (p.done == 5) token.cancel();
  };
  const TrainRequest cut = request("model.json", {{"steps", "9"}}),
                     whole = request("model.json", {{"steps", "9"}}, "whole");
  EXPECT_FALSE(train(cut, watch).finished);
  EXPECT_TRUE(train(cut, {}).finished);
  train(whole, {});
  EXPECT_EQ(load_bundle(cut.out)->info().hash, load_bundle(whole.out)->info().hash);
}

TEST_F(Train, AnotherRunsCheckpointIsRefusedUnlessRestarted) {
  train(request("model.json", {{"steps", "2"}}), {});
  TrainRequest other = request("model.json", {{"steps", "2"}, {"seed", "2"}});
  EXPECT_THROW(train(other, {}), Error);
  other.restart = true;
  EXPECT_TRUE(train(other, {}).finished);
}

TEST_F(Train, AClassifierLearnsTheSquares) {
  const TrainReport report =
      train(request("classifier.json",
                    {{"steps", "60"}, {"rate", "3e-3"}, {"average", "0.9"}, {"kind", "classifier"}}),
            {});
  EXPECT_EQ(report.validation.at(0).level, "accuracy");
  EXPECT_GT(report.validation.at(0).value, 0.95);
}

TEST_F(Train, FineTuningStartsFromTheWeights) {
  train(request("model.json", {{"steps", "3"}}), {});
  const TrainRequest fine = request("out", {{"steps", "1"}, {"rate", "0"}, {"start", "weights"}}, "fine");
  train(fine, {});
  const auto a = load_bundle((folder / "out").string()), b = load_bundle((folder / "fine").string());
  for (std::size_t i = 0; i < a->network().parameters().list().size(); ++i)
    EXPECT_LT(test::max_difference(a->network().parameters().list()[i].tensor,
                                   b->network().parameters().list()[i].tensor),
              1e-6);
}

TEST_F(Train, WhatDoesNotFitIsRefusedBeforeTheFirstStep) {
  EXPECT_THROW(train(request("model.json", {{"kind", "classifier"}}), {}), Error);
  EXPECT_THROW(train(request("nowhere", {}), {}), Error);
  TrainRequest r = request("model.json", {});
  r.data = (folder / "nowhere").string();
  EXPECT_THROW(train(r, {}), Error);
  BundleConfig config;
  config.name = "big";
  config.network = test::small_unet();
  config.network["shape"] = {1, 16, 16};
  std::ofstream(folder / "big.json") << config.json().dump();
  EXPECT_THROW(train(request("big.json", {}), {}), Error);
  EXPECT_THROW(Options("train", train_parameters(), {{"steps", "0"}}), Error);
}

}  // namespace
}  // namespace ulam::train_test
