#include "ulam/learn/dataset.h"

#include "tests/learn/support.h"
#include <fstream>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/idx.h"
#include "ulam/io/npy.h"
#include "ulam/io/png.h"

namespace ulam::dataset_test {
namespace {
namespace fs = std::filesystem;

struct DatasetFiles : ::testing::Test {
  fs::path folder =
      fs::temp_directory_path() /
      ("ulam-dataset-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  Dataset want = test::squares(6);
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }
};

TEST_F(DatasetFiles, IdxFoldersGiveBothSplits) {
  io::write_idx((folder / "train-images-idx3-ubyte").string(), to_array(want.images.squeeze(1)));
  io::write_idx((folder / "train-labels-idx1-ubyte").string(), to_array(want.labels.to(at::kByte)));
  io::write_idx((folder / "t10k-images-idx3-ubyte").string(),
                to_array(want.images.squeeze(1).slice(0, 0, 2)));
  const Dataset train = read_dataset(folder.string(), Split::train),
                test = read_dataset(folder.string(), Split::test);
  EXPECT_TRUE(at::equal(train.images, want.images));
  EXPECT_TRUE(at::equal(train.labels, want.labels));
  EXPECT_EQ(test.size(), 2);
  EXPECT_FALSE(test.labels.defined());
}

TEST_F(DatasetFiles, PngFoldersAreClassesInNameOrder) {
  for (int i = 0; i < 6; ++i) {
    const fs::path c = folder / (i % 2 == 0 ? "bright" : "dark");
    fs::create_directories(c);
    io::write_png((c / (std::to_string(i) + ".png")).string(), io::Png{to_array(want.images[i][0]), {}});
  }
  const Dataset d = read_dataset(folder.string(), Split::train);
  EXPECT_EQ(d.classes, (std::vector<std::string>{"bright", "dark"}));
  EXPECT_TRUE(at::equal(d.images[1], want.images[2]));
  EXPECT_EQ(d.labels[5].item<std::int64_t>(), 1);
  EXPECT_FALSE(read_dataset(folder.string(), Split::test).images.defined());
}

TEST_F(DatasetFiles, ArraysMayHaveColourLast) {
  const at::Tensor colour = at::arange(2 * 4 * 4 * 3, at::kByte).view({2, 4, 4, 3});
  io::write_npy((folder / "a.npy").string(), to_array(colour));
  EXPECT_TRUE(at::equal(read_dataset((folder / "a.npy").string(), Split::train).images,
                        colour.permute({0, 3, 1, 2})));
}

TEST_F(DatasetFiles, WhatIsNoDataSetIsNamed) {
  EXPECT_THROW(read_dataset((folder / "nowhere").string(), Split::train), Error);
  EXPECT_THROW(read_dataset(folder.string(), Split::train), Error);  // empty
  std::ofstream(folder / "a.txt") << "x";
  EXPECT_THROW(read_dataset((folder / "a.txt").string(), Split::train), Error);
  io::write_npy((folder / "f.npy").string(), to_array(at::zeros({2, 4, 4})));
  EXPECT_THROW(read_dataset((folder / "f.npy").string(), Split::train), Error);  // float pictures
  io::write_idx((folder / "train-images-idx3-ubyte").string(), to_array(want.images.squeeze(1)));
  io::write_idx((folder / "train-labels-idx1-ubyte").string(),
                to_array(want.labels.to(at::kByte).slice(0, 0, 5)));
  EXPECT_THROW(read_dataset(folder.string(), Split::train), Error);  // 5 labels for 6 pictures
}

TEST(Dataset, BytesSurviveTheRangeOfTheModel) {
  const at::Tensor all = at::arange(256, at::kInt).to(at::kByte);
  EXPECT_TRUE(at::equal(float_to_pictures(pictures_to_float(all, -1, 1), -1, 1), all));
  EXPECT_EQ(float_to_pictures(at::full({1}, 9.0), -1, 1)[0].item<int>(), 255);
  EXPECT_EQ(float_to_pictures(at::full({1}, -9.0), -1, 1)[0].item<int>(), 0);
}

// What a page shows: gray without a channel, colours last.
TEST(Pictures, BecomeArraysAsPagesTakeThem) {
  const at::Tensor gray = at::tensor({-1.f, 1.f, 0.f, 7.f}).reshape({1, 1, 2, 2});
  const io::Array a = picture_array(gray, -1, 1);
  EXPECT_EQ(a.shape, (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_EQ(std::to_integer<int>(a.bytes[1]), 255);
  const io::Array c = picture_array(at::stack({gray, -gray, gray}, 2).reshape({1, 3, 2, 2}), -1, 1);
  EXPECT_EQ(c.shape, (std::vector<std::int64_t>{1, 2, 2, 3}));
}

}  // namespace
}  // namespace ulam::dataset_test
