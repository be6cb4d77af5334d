#include "ulam/measure/sample_set.h"

#include "tests/measure/distribution_support.h"
#include <filesystem>
#include <limits>
#include <stdlib.h>

#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"

namespace ulam::sample_set_test {
namespace {
using namespace test;

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ulam-measure-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

at::Tensor whole(const SampleSet& set) { return set.block(0, set.size()); }

TEST(SampleSet, MemoryIsNotCopied) {
  const at::Tensor rows = normals(5, 4, 1);
  const SampleSetPtr set = in_memory(rows.view({5, 2, 2}), "a");
  EXPECT_EQ(set->size(), 5);
  EXPECT_EQ(set->dimension(), 4);
  EXPECT_EQ(set->name(), "a");
  EXPECT_FALSE(set->labels().defined());
  EXPECT_EQ(set->block(2, 2).data_ptr<double>(), rows.data_ptr<double>() + 8);
  EXPECT_EQ(set->block(5, 0).size(0), 0);
}

TEST(SampleSet, BlocksPastTheEndAreRefused) {
  const SampleSetPtr set = in_memory(normals(5, 4, 1), "a");
  for (const auto& [first, count] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {0, 6}, {5, 1}, {-1, 1}, {0, -1}, {INT64_MAX, 1}, {1, INT64_MAX}}) {
    expect_error(ErrorKind::shape, {"a", "5"}, [&, f = first, c = count] { set->block(f, c); });
    expect_error(ErrorKind::shape, {"a"}, [&, f = first, c = count] { slice(set, f, c); });
  }
}

TEST(SampleSet, NaNAndInfinityAreNamedByRow) {
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    at::Tensor rows = normals(6, 3, 1);
    rows[4][1] = bad;
    const SampleSetPtr set = in_memory(rows, "a");
    EXPECT_NO_THROW(set->block(0, 4));
    expect_error(ErrorKind::numeric, {"a", "row 4"}, [&] { set->block(2, 4); });
    expect_error(ErrorKind::numeric, {"a", "row 4"}, [&] { slice(set, 3, 3)->block(1, 1); });
  }
}

// Finite numbers whose sum overflows are no infinity.
TEST(SampleSet, LargeFiniteNumbersPass) {
  EXPECT_NO_THROW(whole(*in_memory(at::full({4, 2}, std::numeric_limits<double>::max(), at::kDouble), "a")));
}

TEST(SampleSet, WrongTensorsAreRefused) {
  expect_error(ErrorKind::shape, {"a"}, [] { in_memory(at::zeros({3, 2}, at::kLong), "a"); });
  expect_error(ErrorKind::shape, {"a"}, [] { in_memory(at::Tensor(), "a"); });
  expect_error(ErrorKind::shape, {"a"}, [] { in_memory(at::zeros({}), "a"); });
  expect_error(ErrorKind::shape, {"a"}, [] { in_memory(at::zeros({3, 0}), "a"); });
  expect_error(ErrorKind::shape, {"a", "[3]"}, [] {
    in_memory(at::zeros({3, 2}), "a", at::zeros({2}, at::kLong));
  });
  expect_error(ErrorKind::shape, {"a"}, [] { in_memory(at::zeros({3, 2}), "a", at::zeros({3})); });
}

TEST(SampleSet, EveryFileFormatGivesTheSameRows) {
  const Folder folder;
  const at::Tensor rows = normals(9, 6, 2).to(at::kFloat).view({9, 1, 2, 3});
  io::ArrayFile file;
  file.arrays.emplace_back("ids", to_array(at::arange(9, at::kLong)));
  file.arrays.emplace_back("samples", to_array(rows));
  file.arrays.emplace_back("label", to_array(at::arange(9, at::kLong).remainder(3)));
  io::write_npy(folder / "a.npy", to_array(rows));
  io::write_npz(folder / "a.npz", file);
  io::write_safetensors(folder / "a.safetensors", file);
  for (const char* name : {"a.npy", "a.npz", "a.safetensors"}) {
    const SampleSetPtr set = open_samples(folder / name);
    EXPECT_EQ(set->shape(), (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_TRUE(at::equal(whole(*set), rows)) << name;
    EXPECT_TRUE(at::equal(set->block(3, 4), rows.narrow(0, 3, 4))) << name;
    EXPECT_EQ(set->labels().defined(), std::string(name) != "a.npy");
  }
}

TEST(SampleSet, BytesBecomeNumbersFromMinusOneToOne) {
  const Folder folder;
  io::write_npy(folder / "a.npy",
                io::make_array<std::uint8_t>({3, 1}, std::vector<std::uint8_t>{0, 51, 255}));
  const at::Tensor rows = whole(*open_samples(folder / "a.npy"));
  EXPECT_EQ(rows.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::allclose(rows.view(-1).to(at::kDouble), row({-1, -.6, 1}), 0, 1e-6));
}

TEST(SampleSet, FortranOrderIsReadAsTheMatrixItIs) {
  const Folder folder;
  std::string text = "\x93NUMPY";
  const std::string head = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n";
  text += {'\x01', '\0', static_cast<char>(head.size()), '\0'};
  text += head;
  const std::vector<double> columns{1, 4, 2, 5, 3, 6};
  text.append(reinterpret_cast<const char*>(columns.data()), 48);
  io::write_file_atomic(folder / "a.npy", text);
  EXPECT_TRUE(at::equal(whole(*open_samples(folder / "a.npy")), row({1, 2, 3, 4, 5, 6}).view({2, 3})));
}

TEST(SampleSet, BadFilesAreRefused) {
  const Folder folder;
  expect_error(ErrorKind::system, {"none.npy"}, [&] { open_samples(folder / "none.npy"); });
  expect_error(ErrorKind::file, {"a.txt", ".npz"}, [&] { open_samples(folder / "a.txt"); });
  io::ArrayFile file;
  file.arrays.emplace_back("x", to_array(at::zeros({2, 2})));
  file.arrays.emplace_back("y", to_array(at::zeros({2, 2})));
  io::write_npz(folder / "a.npz", file);
  expect_error(ErrorKind::file, {"a.npz", "samples", "x, y"}, [&] { open_samples(folder / "a.npz"); });
  io::write_npy(folder / "nan.npy", io::make_array<float>({2, 1}, std::vector<float>{0, NAN}));
  expect_error(ErrorKind::numeric, {"nan.npy", "row 1"}, [&] { whole(*open_samples(folder / "nan.npy")); });
}

TEST(SampleSet, AClassHasItsRowsInOrder) {
  const at::Tensor rows = normals(1200, 2, 3), labels = at::arange(1200, at::kLong).remainder(400);
  const SampleSetPtr two = of_class(in_memory(rows, "a", labels), 2);
  EXPECT_EQ(two->size(), 3);
  EXPECT_TRUE(at::equal(whole(*two), at::stack({rows[2], rows[402], rows[802]})));
  EXPECT_TRUE(at::equal(two->block(1, 1)[0], rows[402]));
  EXPECT_TRUE(two->labels().eq(2).all().item<bool>());
  const SampleSetPtr even = of_class(in_memory(rows, "a", labels.remainder(2)), 0);
  EXPECT_TRUE(at::equal(whole(*even), rows.slice(0, 0, 1200, 2)));
}

TEST(SampleSet, AnEmptyClassIsNamed) {
  const SampleSetPtr set = in_memory(normals(4, 2, 3), "a", at::zeros({4}, at::kLong));
  expect_error(ErrorKind::option, {"a", "class 7", "empty"}, [&] { of_class(set, 7); });
  expect_error(ErrorKind::option, {"b", "labels"}, [] { of_class(in_memory(normals(4, 2, 3), "b"), 0); });
}

TEST(SampleSet, ASliceKeepsItsLabels) {
  const at::Tensor rows = normals(8, 2, 3);
  const SampleSetPtr part = slice(in_memory(rows, "a", at::arange(8, at::kLong)), 3, 4);
  EXPECT_TRUE(at::equal(whole(*part), rows.narrow(0, 3, 4)));
  EXPECT_TRUE(at::equal(part->labels(), at::arange(3, 7, at::kLong)));
}

TEST(SampleSet, FlatRowsFitAnyShapeOfAsManyNumbers) {
  const SampleSetPtr picture = in_memory(at::zeros({9, 1, 2, 3}), "p"),
                     turned = in_memory(at::zeros({9, 1, 3, 2}), "t"),
                     flat = in_memory(at::zeros({9, 6}), "f");
  EXPECT_NO_THROW(check_comparable(*picture, *flat, 9, "x"));
  expect_error(ErrorKind::shape, {"x: p has", "[1, 2, 3]", "t", "[1, 3, 2]"},
               [&] { check_comparable(*picture, *turned, 2, "x"); });
  expect_error(ErrorKind::option, {"9 rows", "10"}, [&] { check_comparable(*picture, *flat, 10, "x"); });
  EXPECT_EQ(flat_rows(*picture, 2, 3).sizes(), (at::IntArrayRef{3, 6}));
}

}  // namespace
}  // namespace ulam::sample_set_test
