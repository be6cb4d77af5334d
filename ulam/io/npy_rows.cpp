#include "ulam/io/npy_rows.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "ulam/base/error.h"
#include "ulam/io/bytes.h"
#include "ulam/io/npy.h"

namespace ulam::io {

NpyRows::NpyRows(std::string path) : path_(std::move(path)) {
  InputFile file(path_);
  Bytes head(std::min<std::uint64_t>(file.size(), (std::uint64_t{1} << 20) + 64));
  file.read(head);
  NpyHeader header = parse_npy_header(head, path_);
  if (header.shape.empty())
    fail(ErrorKind::shape, path_, "holds a single number, rows need at least one dimension");
  if (header.fortran_order && header.shape.size() > 1)
    fail(ErrorKind::unsupported, path_, "is in Fortran order, whose rows do not lie together");
  if (header.data_bytes != file.size() - header.data)
    fail(ErrorKind::file, path_, "npy {} {} needs {} bytes of data but {} are there", name_of(header.dtype),
         shape_text(header.shape), header.data_bytes, file.size() - header.data);
  dtype_ = header.dtype;
  rows_ = header.shape.front();
  shape_.assign(header.shape.begin() + 1, header.shape.end());
  row_bytes_ = rows_ == 0 ? 0 : header.data_bytes / static_cast<std::uint64_t>(rows_);
  data_ = header.data;
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0)
    fail(ErrorKind::system, path_, "cannot be read: {}", std::generic_category().message(errno));
}

NpyRows::~NpyRows() { ::close(descriptor_); }

void NpyRows::read(std::int64_t first, std::int64_t count, std::span<std::byte> into) const {
  if (first < 0 || count < 0 || first > rows_ || count > rows_ - first)
    fail(ErrorKind::shape, path_, "{} rows from row {} are asked for, it has {}", count, first, rows_);
  if (into.size() != static_cast<std::uint64_t>(count) * row_bytes_)
    fail(ErrorKind::shape, path_, "{} bytes for {} rows of {} bytes", into.size(), count, row_bytes_);
  std::span<std::byte> rest = into;
  std::uint64_t at = data_ + static_cast<std::uint64_t>(first) * row_bytes_;
  while (!rest.empty()) {
    const ssize_t done = ::pread(descriptor_, rest.data(), std::min<std::size_t>(rest.size(), 1u << 30),
                                 static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0)
      fail(ErrorKind::system, path_, "cannot be read: {}", std::generic_category().message(errno));
    if (done == 0) fail(ErrorKind::file, path_, "has become shorter while it was read");
    rest = rest.subspan(static_cast<std::size_t>(done));
    at += static_cast<std::uint64_t>(done);
  }
  if (dtype_ == Dtype::boolean &&
      std::any_of(into.begin(), into.end(), [](std::byte b) { return std::to_integer<int>(b) > 1; }))
    fail(ErrorKind::file, path_, "holds a boolean other than 0 and 1 in rows {} to {}", first,
         first + count - 1);
}

}  // namespace ulam::io
