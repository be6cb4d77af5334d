#include "ulam/cli/measure_input.h"

#include "tests/cli/support.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/png.h"

namespace ulam::cli::measure_input_test {
namespace {

namespace fs = std::filesystem;

using cli_test::TemporaryFolder;

io::ArrayFile samples_file() {
  std::vector<double> x(12);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  io::ArrayFile file;
  file.arrays.emplace_back("samples", io::make_array<double>({6, 2}, x));
  file.arrays.emplace_back("ids",
                           io::make_array<std::int64_t>({6}, std::vector<std::int64_t>{5, 6, 7, 8, 9, 10}));
  file.arrays.emplace_back("label",
                           io::make_array<std::int64_t>({6}, std::vector<std::int64_t>{0, 1, 0, 2, 0, 1}));
  file.metadata["ulam"] = R"({"options": {"model": "tiny", "seed": 4}})";
  return file;
}

ErrorKind refused(const std::string& text, const std::string& part) {
  try {
    open_measure_set(text, {});
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
    return e.kind();
  }
  ADD_FAILURE() << text << " was opened";
  return ErrorKind::cancelled;
}

TEST(MeasureInput, ADrawnFileTellsIdsLabelsModelAndNoise) {
  const TemporaryFolder folder;
  io::write_npz(folder / "x.npz", samples_file());
  const MeasureSet m = open_measure_set(folder / "x.npz", {});
  EXPECT_EQ(m.set->size(), 6);
  EXPECT_EQ(m.ids, (std::vector<std::int64_t>{5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(m.set->labels()[3].item<std::int64_t>(), 2);
  EXPECT_EQ(m.model, "tiny");
  EXPECT_EQ(m.noise, "seed 4");
}

// A row keeps its id and label when a class or a subset is taken; otherwise trajectories would pair
// strangers.
TEST(MeasureInput, RowsKeepTheirIdsAndLabels) {
  const TemporaryFolder folder;
  io::write_npz(folder / "x.npz", samples_file());
  MeasureSet m = open_measure_set(folder / "x.npz", {});
  keep_class(m, 0);
  EXPECT_EQ(m.ids, (std::vector<std::int64_t>{5, 7, 9}));
  EXPECT_EQ(m.set->block(1, 1)[0][0].item<double>(), 4);
  keep_some(m, 2, 1);
  ASSERT_EQ(m.set->size(), 2);
  for (std::int64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(m.set->labels()[i].item<std::int64_t>(), 0);
    EXPECT_EQ(m.set->block(i, 1)[0][0].item<double>(),
              2 * static_cast<double>(m.ids[static_cast<std::size_t>(i)] - 5));
  }
  EXPECT_THROW(keep_class(m, 1), Error);
  MeasureSet bare;
  bare.set = in_memory(at::zeros({2, 2}), "bare");
  EXPECT_THROW(keep_class(bare, 0), Error);
}

// Problems as samples and as reference must not be the same draw.
TEST(MeasureInput, ProblemsGiveExactSamplesStreamByStream) {
  MeasureSetOptions options;
  options.count = 10;
  const at::Tensor a = open_measure_set("ring", options).set->block(0, 10);
  EXPECT_TRUE(at::equal(a, open_measure_set("ring", options).set->block(0, 10)));
  options.stream = 1;
  EXPECT_FALSE(at::equal(a, open_measure_set("ring", options).set->block(0, 10)));
  EXPECT_EQ(open_measure_set("ring:width=0.01", {}).set->size(), 2048);
}

TEST(MeasureInput, FoldersOfPicturesAreReadInTheRangeOfSamples) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "pictures");
  for (int i = 0; i < 3; ++i)
    io::write_png(folder / ("pictures/" + std::to_string(i) + ".png"),
                  io::make_array<std::uint8_t>({1, 2}, std::vector<std::uint8_t>{0, 255}));
  const MeasureSet m = open_measure_set(folder / "pictures", {});
  EXPECT_EQ(m.set->shape(), (std::vector<std::int64_t>{1, 1, 2}));
  EXPECT_EQ(m.set->block(0, 1).min().item<float>(), -1);
  EXPECT_EQ(m.set->block(2, 1).max().item<float>(), 1);
  EXPECT_THROW(m.set->block(2, 2), Error);
  EXPECT_EQ(refused(folder / "pictures:test", "no such split"), ErrorKind::system);
  EXPECT_EQ(refused(folder / "pictures/0.png", "one picture"), ErrorKind::option);
}

TEST(MeasureInput, WhatIsNoSetIsRefusedInOneSentence) {
  const TemporaryFolder folder;
  EXPECT_EQ(refused(folder / "none.npz", "is not there"), ErrorKind::system);
  EXPECT_EQ(refused("rnig", "nearest: ring"), ErrorKind::system);
  cli_test::spill(folder / "x.txt", "1 2 3");
  EXPECT_EQ(refused(folder / "x.txt", "unknown kind of file"), ErrorKind::file);
  cli_test::spill(folder / "x.npz", "PK nonsense");
  EXPECT_EQ(refused(folder / "x.npz", "x.npz"), ErrorKind::file);
}

TEST(MeasureInput, FeaturesDefaultToTheNumbersOrTheirComponents) {
  MeasureSet small, large;
  small.set = in_memory(at::rand({100, 256}, at::kDouble), "small");
  EXPECT_EQ(choose_features("", small, *small.set).map.name, "raw");
  EXPECT_EQ(choose_features("pca:5", small, *small.set).map.dimension, 5);
  large.set = in_memory(at::rand({100, 257}, at::kDouble), "large");
  const ChosenFeatures chosen = choose_features("", large, *large.set);
  EXPECT_EQ(chosen.map.dimension, 64);
  EXPECT_NE(chosen.note.find("257"), std::string::npos);
  for (const char* bad : {"pca:0", "pca:x", "pca:101", "nothing", "./nowhere"})
    EXPECT_THROW(choose_features(bad, small, *small.set), Error) << bad;
}

TEST(MeasureInput, ClassesByNumberOrName) {
  MeasureSet a, b;
  b.classes = {"Bag", "Ankle boot"};
  EXPECT_EQ(class_of("7", a, b, ""), 7);
  EXPECT_EQ(class_of("ankle BOOT", a, b, ""), 1);
  EXPECT_THROW(class_of("boat", a, b, ""), Error);
  EXPECT_THROW(class_of("bag", a, a, ""), Error);
}

}  // namespace
}  // namespace ulam::cli::measure_input_test
