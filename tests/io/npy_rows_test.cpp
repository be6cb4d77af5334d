#include "ulam/io/npy_rows.h"

#include "tests/io/support.h"
#include <numeric>

#include "ulam/io/npy.h"

namespace ulam::io::npy_rows_test {
namespace {
using test::expect_error;
using test::TempFolder;

Bytes part(const Bytes& bytes, std::size_t begin, std::size_t count) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(begin),
          bytes.begin() + static_cast<std::ptrdiff_t>(begin + count)};
}

// Every range of rows has the bytes that reading the whole file gives.
TEST(NpyRows, RangesAreThoseOfTheWholeFile) {
  const TempFolder folder;
  for (const Dtype dtype : {Dtype::u8, Dtype::f16, Dtype::f32, Dtype::f64}) {
    Array a{dtype, {7, 2, 3}, {}};
    a.bytes.resize(*checked_byte_count(dtype, a.shape));
    for (std::size_t i = 0; i < a.bytes.size(); ++i) a.bytes[i] = static_cast<std::byte>(i * 11);
    write_npy(folder / "a.npy", a);
    const NpyRows rows(folder / "a.npy");
    EXPECT_EQ(rows.rows(), 7);
    EXPECT_EQ(rows.row_shape(), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(rows.row_bytes(), 6 * size_of(dtype));
    for (std::int64_t first = 0; first <= 7; ++first)
      for (std::int64_t count = 0; first + count <= 7; ++count) {
        Bytes got(static_cast<std::size_t>(count) * rows.row_bytes());
        rows.read(first, count, got);
        EXPECT_EQ(got, part(a.bytes, static_cast<std::size_t>(first) * rows.row_bytes(), got.size()));
      }
  }
}

TEST(NpyRows, NumbersAloneAreRowsWithoutShape) {
  const TempFolder folder;
  write_npy(folder / "a.npy", make_array<double>({3}, std::vector<double>{1, 2, 3}));
  const NpyRows rows(folder / "a.npy");
  EXPECT_EQ(rows.rows(), 3);
  EXPECT_TRUE(rows.row_shape().empty());
  EXPECT_EQ(rows.row_bytes(), 8u);
}

TEST(NpyRows, WhatDoesNotFitIsRefused) {
  const TempFolder folder;
  const std::string path = folder / "a.npy";
  const Array a = make_array<float>({2, 2}, std::vector<float>{1, 2, 3, 4});
  write_npy(path, a);
  {
    const NpyRows rows(path);
    Bytes two(16), one(8);
    expect_error(ErrorKind::shape, {path, "2"}, [&] { rows.read(1, 2, two); });
    expect_error(ErrorKind::shape, {path}, [&] { rows.read(-1, 1, one); });
    expect_error(ErrorKind::shape, {path}, [&] { rows.read(INT64_MAX, 1, one); });
    expect_error(ErrorKind::shape, {path, "8"}, [&] { rows.read(0, 1, two); });
  }
  expect_error(ErrorKind::system, {"missing"}, [&] { NpyRows(folder / "missing"); });
  expect_error(ErrorKind::system, {folder.path(), "folder"}, [&] { NpyRows(folder.path()); });
  Bytes bytes = serialise_npy(a);
  bytes.pop_back();
  write_file_atomic(path, bytes);
  expect_error(ErrorKind::file, {path, "16", "15"}, [&] { NpyRows{path}; });
  bytes.resize(40);
  write_file_atomic(path, bytes);
  expect_error(ErrorKind::file, {path}, [&] { NpyRows{path}; });
  write_npy(path, make_array<float>({}, std::vector<float>{1}));
  expect_error(ErrorKind::shape, {path}, [&] { NpyRows{path}; });
}

// A file that shrinks under an open reader must not yield made-up numbers.
TEST(NpyRows, AFileCutWhileOpenIsNoticed) {
  const TempFolder folder;
  const std::string path = folder / "a.npy";
  write_npy(path, make_array<float>({2, 2}, std::vector<float>{1, 2, 3, 4}));
  const NpyRows rows(path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4);
  Bytes all(16);
  expect_error(ErrorKind::file, {path}, [&] { rows.read(0, 2, all); });
}

}  // namespace
}  // namespace ulam::io::npy_rows_test
