#include "ulam/model/gaussian_file.h"

#include "support.h"
#include "tests/errors.h"
#include <filesystem>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"

namespace ulam::gaussian_file_test {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;

struct GaussianFile : ::testing::Test {
  fs::path folder =
      fs::temp_directory_path() /
      ("ulam-gaussian-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  std::string path = gaussian_path(folder.string());
  ModelInfo info;
  GaussianSet set;

  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
    info.shape = {1, 2, 3};
    info.conditions = {{"label", 2, true, {}}};
    const auto one = [](std::uint64_t id) {
      const at::Tensor a = test::normals({6, 6}, id).to(at::kDouble);
      return make_gaussian(a.select(0, 0), at::mm(a, a.t()), 3);
    };
    set.all = one(1);
    set.classes = {one(2), one(3)};
    set.rows = 123;
    set.data = "pictures";
    set.sigma = 12.5;
    set.calibrated = 0xfedcba9876543210ull;
    write_gaussians(path, set);
  }
  void TearDown() override { fs::remove_all(folder); }

  /// Reads after a change of the file; must be refused with those words.
  void refused(const std::vector<std::string>& words, const std::function<void(io::ArrayFile&)>& change) {
    io::ArrayFile file = io::read_safetensors(path);
    change(file);
    const std::string other = (folder / "other.safetensors").string();
    io::write_safetensors(other, file);
    expect_error(ErrorKind::file, words, [&] { read_gaussians(other, info); });
  }
  static io::Array& find(io::ArrayFile& file, const std::string& name) {
    for (auto& [key, array] : file.arrays)
      if (key == name) return array;
    throw std::runtime_error(name);
  }
};

TEST_F(GaussianFile, WhatIsWrittenIsReadToSinglePrecision) {
  const GaussianSetPtr back = load_gaussians(folder.string(), info);
  ASSERT_NE(back, nullptr);
  EXPECT_LT(test::max_difference(back->all.vectors, set.all.vectors), 1e-7);
  EXPECT_LT(test::max_difference(back->classes.at(1).values / set.classes[1].values, at::ones({3})), 1e-7);
  EXPECT_LT(test::max_difference(back->classes.at(0).mean, set.classes[0].mean), 1e-6);
  EXPECT_NEAR(back->all.rest, set.all.rest, 1e-7);
  EXPECT_EQ(back->rows, 123);
  EXPECT_EQ(back->sigma, 12.5);
  EXPECT_EQ(back->calibrated, set.calibrated);
  EXPECT_FALSE(back->sigma_by_rule);
  EXPECT_EQ(back->data, "pictures");
  // Once in single precision the numbers stay: a second trip keeps the hash.
  write_gaussians(path, *back);
  EXPECT_EQ(hash_of(*load_gaussians(folder.string(), info)), hash_of(*back));
}

TEST_F(GaussianFile, AFolderWithoutOneHasNone) {
  EXPECT_EQ(load_gaussians((folder / "elsewhere").string(), info), nullptr);
}

TEST_F(GaussianFile, WithoutClassesAndSigmaItReadsToo) {
  set.classes.clear();
  set.sigma_by_rule = true;
  write_gaussians(path, set);
  EXPECT_TRUE(read_gaussians(path, info)->sigma_by_rule);
  set.sigma.reset();
  write_gaussians(path, set);
  const GaussianSetPtr back = read_gaussians(path, info);
  EXPECT_TRUE(back->classes.empty());
  EXPECT_FALSE(back->sigma.has_value());
}

TEST_F(GaussianFile, EveryRuleIsKept) {
  const auto numbers = [](std::vector<std::int64_t> shape, std::vector<float> values) {
    return io::make_array<float>(std::move(shape), values);
  };
  refused({"mean is missing"},
          [&](auto& f) { std::erase_if(f.arrays, [](auto& a) { return a.first == "mean"; }); });
  refused({"class1.mean is missing"},
          [&](auto& f) { std::erase_if(f.arrays, [](auto& a) { return a.first == "class1.mean"; }); });
  refused({"13 tensors", "12 needed"}, [&](auto& f) { f.arrays.emplace_back("more", numbers({1}, {1})); });
  refused({"mean", "[5]", "[6]"}, [&](auto& f) { find(f, "mean") = numbers({5}, {0, 0, 0, 0, 0}); });
  refused({"vectors", "[3, 6]"}, [&](auto& f) { find(f, "values") = numbers({2}, {2, 1}); });
  refused({"values", "[]"}, [&](auto& f) { find(f, "values") = numbers({}, {2}); });
  refused({"NaN"}, [&](auto& f) { find(f, "values") = numbers({3}, {2, NAN, 1}); });
  refused({"negative variance"}, [&](auto& f) { find(f, "class0.rest") = numbers({1}, {-1}); });
  refused({"negative variance"}, [&](auto& f) { find(f, "values") = numbers({3}, {2, 1, -1}); });
  refused({"does not fall"}, [&](auto& f) { find(f, "values") = numbers({3}, {1, 2, 3}); });
  refused({"not orthonormal"}, [&](auto& f) {
    io::Array& v = find(f, "vectors");
    v = to_array(to_tensor(v) * 1.001);
  });
  refused({"i64"}, [&](auto& f) {
    find(f, "rest") = io::make_array<std::int64_t>({1}, std::vector<std::int64_t>{1});
  });
  refused({"'format'"}, [&](auto& f) { f.metadata["format"] = "ulam-gaussian-2"; });
  refused({"'rows' is missing"}, [&](auto& f) { f.metadata.erase("rows"); });
  refused({"'range'"}, [&](auto& f) { f.metadata["range"] = "0"; });
  refused({"[0, 1]", "[-1, 1]"}, [&](auto& f) { f.metadata["range"] = "0 1"; });
  refused({"'sigma'"}, [&](auto& f) { f.metadata["sigma"] = "-2"; });
  refused({"'sigma_by'"}, [&](auto& f) { f.metadata["sigma_by"] = "guess"; });
  refused({"'calibrated'"}, [&](auto& f) { f.metadata["calibrated"] = "xyz"; });
}

TEST_F(GaussianFile, PartsThatDoNotFitAreNotWritten) {
  set.all.values = set.all.values.narrow(0, 0, 2);
  expect_error(ErrorKind::shape, {"do not fit"}, [&] { write_gaussians(path, set); });
  EXPECT_NE(load_gaussians(folder.string(), info), nullptr);  // the old file stands
}

}  // namespace
}  // namespace ulam::gaussian_file_test
