#pragma once
// Rows of an .npy file, read from disk when they are asked for.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ulam/io/array.h"

namespace ulam::io {

/// An .npy file in C order with at least one dimension, open for reading; the first extent counts rows.
/// Reading is thread-safe (pread). The file's length is checked against its head once, when it is opened.
class NpyRows {
 public:
  /// Throws Error(system) as InputFile does, Error(file) as read_npy does, Error(unsupported) for Fortran
  /// order of more than one dimension (its rows do not lie together), Error(shape) for no dimension.
  explicit NpyRows(std::string path);
  ~NpyRows();
  NpyRows(const NpyRows&) = delete;
  NpyRows& operator=(const NpyRows&) = delete;

  const std::string& path() const { return path_; }
  Dtype dtype() const { return dtype_; }
  std::int64_t rows() const { return rows_; }
  const std::vector<std::int64_t>& row_shape() const { return shape_; }  // without the first extent
  std::uint64_t row_bytes() const { return row_bytes_; }

  /// Bytes of rows first .. first + count - 1 into `into`, which has exactly count * row_bytes(). Throws
  /// Error(shape) past the end or for another size, Error(system) when reading fails, Error(file) when the
  /// file has been cut since it was opened or a boolean is neither 0 nor 1.
  void read(std::int64_t first, std::int64_t count, std::span<std::byte> into) const;

 private:
  std::string path_;
  Dtype dtype_ = Dtype::f32;
  std::int64_t rows_ = 0;
  std::vector<std::int64_t> shape_;
  std::uint64_t row_bytes_ = 0, data_ = 0;
  int descriptor_ = -1;
};

}  // namespace ulam::io
