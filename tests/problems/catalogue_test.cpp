#include "tests/problems/cases.h"
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "ulam/io/idx.h"
#include "ulam/io/npy.h"

namespace ulam::catalogue_test {
namespace {

class Catalogue : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("ulam-catalogue-" + std::to_string(::getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  ProblemPtr read(const std::string& text) const {
    std::ofstream(file("p.json")) << text;
    return read_problem(file("p.json"));
  }

  std::filesystem::path folder_;
};

TEST_F(Catalogue, DataSetIsReadBesideItsFileAndPicturesBecomeMinusOneToOne) {
  io::write_npy(file("x.npy"), io::make_array<std::uint8_t>(
                                   {2, 1, 2, 2}, std::vector<std::uint8_t>{0, 255, 0, 255, 255, 255, 0, 0}));
  io::write_npy(file("y.npy"), io::make_array<std::int64_t>({2}, std::vector<std::int64_t>{1, 0}));
  const ProblemPtr p = read(R"({"problem": "dataset", "data": "x.npy", "labels": "y.npy"})");
  EXPECT_EQ(p->info().shape, (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_EQ(p->info().data_low, -1);
  EXPECT_EQ(p->info().data_high, 1);
  ASSERT_EQ(p->info().conditions.size(), 1u);
  EXPECT_TRUE(at::equal(p->mean(0).reshape(4), at::tensor({1., 1., -1., -1.}, at::kDouble)));
  const at::Tensor d = p->denoise(p->mean(1).unsqueeze(0) + 0.1, times(0.01, 1));
  EXPECT_LT(largest(d - p->mean(1)), 1e-12);
}

TEST_F(Catalogue, IdxPicturesGetAChannelAndLimitCutsRows) {
  io::write_idx(file("x-idx3"), io::make_array<std::uint8_t>({3, 2, 2}, std::vector<std::uint8_t>(12, 255)));
  io::write_idx(file("y-idx1"), io::make_array<std::uint8_t>({3}, std::vector<std::uint8_t>{0, 1, 2}));
  const ProblemPtr p =
      read(R"({"problem": "dataset", "data": "x-idx3", "labels": "y-idx1", "limit": 2, "width": 0.5})");
  EXPECT_EQ(p->info().shape, (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_EQ(p->info().conditions[0].classes, 2);
  EXPECT_NEAR(p->covariance()[0][0].item<double>(), 0.25, 1e-15);
}

TEST_F(Catalogue, BadDataFilesAreNamed) {
  io::write_npy(file("flat.npy"), io::make_array<double>({3}, std::vector<double>{1, 2, 3}));
  io::write_npy(file("half.npy"), io::make_array<std::int16_t>({1, 1}, std::vector<std::int16_t>{1}));
  io::write_npy(file("x.npy"), io::make_array<double>({2, 1}, std::vector<double>{1, std::nan("")}));
  io::write_npy(file("ok.npy"), io::make_array<double>({2, 1}, std::vector<double>{1, 2}));
  io::write_npy(file("y.npy"), io::make_array<double>({2}, std::vector<double>{0, 0.5}));
  std::ofstream(file("cut.npy")) << "\x93NUMPY";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"("data": "flat.npy")", "[rows, ...]"},
      {R"("data": "half.npy")", "i16"},
      {R"("data": "x.npy")", "point 1"},
      {R"("data": "cut.npy")", "cut.npy"},
      {R"("data": "none.npy")", "none.npy"},
      {R"("data": "ok.npy", "labels": "y.npy")", "label 0.5"},
      {R"("data": "ok.npy", "labels": "flat.npy")", "[2] is needed"},
      {R"("data": "ok.npy", "limit": 0)", "limit = 0"},
      {R"("data": "ok.npy", "width": -1)", "width = -1"},
      {R"("data": "ok.npy", "shape": [3])", "shape [3]"}};
  for (const auto& [member, part] : rows) {
    const std::string sentence = sentence_of([&] { read(R"({"problem": "dataset", )" + member + "}"); });
    EXPECT_NE(sentence.find(part), std::string::npos) << member << " -> " << sentence;
    EXPECT_NE(sentence.find("p.json"), std::string::npos) << sentence;
  }
}

// One row a rule.
TEST_F(Catalogue, BadMembersAreOneClearSentence) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {R"("problem": "gaussian", "mean": [0], "variances": [-1])", "variance -1 at index 0"},
      {R"("problem": "gaussian", "mean": [0, 1], "variances": [1])", "1 variances"},
      {R"("problem": "gaussian", "mean": [], "variances": [])", "no variances"},
      {R"("problem": "gaussian", "mean": [0, 1], "covariance": [[1, 2], [2, 1]])", "not positive definite"},
      {R"("problem": "gaussian", "mean": [0, 1], "covariance": [[1, 2], [2]])", "covariance[1]"},
      {R"("problem": "gaussian", "mean": [0, 1], "covariance": [[1, 0]])", "1 rows"},
      {R"("problem": "gaussian", "mean": [0], "covariance": [[1]], "variances": [1])", "excludes"},
      {R"("problem": "gaussian", "mean": [0], "variances": [1], "factors": [])", "0 rows"},
      {R"("problem": "gaussian", "mean": [0], "variances": [1], "factors": [[]])", "rank 0"},
      {R"("problem": "gaussian", "mean": "x", "variances": [1])", "mean"},
      {R"("problem": "mixture", "means": [[0], [1]], "variances": [1])", "1 variances for 2 means"},
      {R"("problem": "mixture", "means": [[0]])", "either"},
      {R"("problem": "mixture", "means": [[0]], "variances": [1], "covariances": [[[1]]])", "either"},
      {R"("problem": "mixture", "means": [], "variances": []})", ""},
      {R"("problem": "mixture", "means": [[]], "variances": [1])", "means[0] is empty"},
      {R"("problem": "mixture", "means": [[0]], "variances": [0])", "variances[0] has a variance of 0"},
      {R"("problem": "mixture", "means": [[0]], "variances": [[1, 2]])", "variances[0] has 2 numbers"},
      {R"("problem": "mixture", "means": [[0, 0]], "covariances": [[[1, 2], [2, 1]]])", "covariances[0]"},
      {R"("problem": "mixture", "means": [[0], [1]], "variances": [1, 1], "weights": [1])",
       "1 weights for 2 means"},
      {R"("problem": "mixture", "means": [[0], [1]], "variances": [1, 1], "weights": [1, -2])",
       "weights[1] = -2"},
      {R"("problem": "mixture", "means": [[0], [1]], "variances": [1, 1], "weights": [0, 0])", "sum to 0"},
      {R"("problem": "mixture", "means": [[0], [1, 2]], "variances": [1, 1])", "means[1] has 2 numbers"},
      {R"("problem": "mixture", "means": [[0], [1]], "variances": [1, 1], "labels": [0, -1])",
       "labels[1] = -1"},
      {R"("problem": "ring", "width": -1)", "width = -1"},
      {R"("problem": "ring", "components": 0)", "components = 0"},
      {R"("problem": "ring", "components": 2.5)", "components"},
      {R"("problem": "checkerboard", "cells": 100000)", "cells = 100000"},
      {R"("problem": "swissroll", "radius": 0)", "radius = 0"}};
  for (const auto& [members, part] : rows) {
    const std::string sentence = sentence_of([&] { read(std::string("{") + members + "}"); });
    EXPECT_NE(sentence.find(part), std::string::npos) << members << " -> " << sentence;
    EXPECT_NE(sentence.find("p.json"), std::string::npos) << members << " -> " << sentence;
  }
}

TEST(CatalogueEntries, NamesAreDistinctAndDescribed) {
  std::set<std::string> names;
  for (const ProblemEntry& e : problems()) {
    EXPECT_TRUE(names.insert(e.name).second);
    for (const std::string& alias : e.aliases) EXPECT_TRUE(names.insert(alias).second);
    EXPECT_FALSE(e.purpose.empty() || e.paper.empty() || e.cost.empty());
  }
}

}  // namespace
}  // namespace ulam::catalogue_test
