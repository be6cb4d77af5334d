#include "ulam/io/bytes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <zlib.h>

#include "ulam/base/error.h"

namespace ulam::io {

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  if (path_.empty() || path_.find('\0') != std::string::npos)
    fail(ErrorKind::system, "input file", "the name is {}",
         path_.empty() ? "empty" : "not a valid path (NUL byte)");
  // Non-blocking, so that a pipe without a writer is refused below and not waited for.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) {
    const int error = errno;
    if (error == ENOENT) fail(ErrorKind::system, path_, "there is no such file");
    fail(ErrorKind::system, path_, "cannot be read: {}", std::generic_category().message(error));
  }
  struct stat info {};
  const char* trouble = nullptr;
  if (::fstat(descriptor_, &info) != 0)
    trouble = "cannot be read: its size is unknown";
  else if (S_ISDIR(info.st_mode))
    trouble = "is a folder, a file is needed";
  else if (!S_ISREG(info.st_mode))
    trouble = "is no regular file (a pipe or a device cannot be read here)";
  if (trouble != nullptr) {
    ::close(descriptor_);
    fail(ErrorKind::system, path_, "{}", trouble);
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t done =
        ::read(descriptor_, into.data(), std::min<std::size_t>(into.size(), std::size_t{1} << 30));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0)
      fail(ErrorKind::system, path_, "cannot be read: {}", std::generic_category().message(errno));
    if (done == 0) fail(ErrorKind::file, path_, "ends {} bytes too early", into.size());
    position_ += static_cast<std::uint64_t>(done);
    into = into.subspan(static_cast<std::size_t>(done));
  }
}

void InputFile::read_at(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t done =
        ::pread(descriptor_, into.data(), std::min<std::size_t>(into.size(), std::size_t{1} << 30),
                static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0)
      fail(ErrorKind::system, path_, "cannot be read: {}", std::generic_category().message(errno));
    if (done == 0) fail(ErrorKind::file, path_, "ends {} bytes too early", into.size());
    offset += static_cast<std::uint64_t>(done);
    into = into.subspan(static_cast<std::size_t>(done));
  }
}

Bytes read_file(const std::string& path, std::uint64_t cap) {
  InputFile file(path);
  if (file.size() > cap)
    fail(ErrorKind::file, path, "holds {} bytes, more than the {} allowed here", file.size(), cap);
  Bytes bytes(file.size());
  file.read(bytes);
  return bytes;
}

bool is_gzip(ByteView bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

namespace {
/// Owns zlib's state, so that an exception frees it.
struct Inflater {
  z_stream stream{};
  explicit Inflater(std::string_view place) {
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) fail(ErrorKind::system, place, "zlib could not start");
  }
  ~Inflater() { inflateEnd(&stream); }
};
}  // namespace

Bytes gunzip(ByteView bytes, std::string_view place, std::uint64_t cap) {
  if (!is_gzip(bytes))
    fail(ErrorKind::file, place, "is not gzip data: it does not begin with the magic 1f 8b");
  Inflater inflater(place);
  z_stream& z = inflater.stream;
  Bytes out;
  std::array<std::byte, 1 << 16> block;
  for (;;) {
    if (z.avail_in == 0) {
      const auto part = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
      z.avail_in = static_cast<uInt>(part);
      bytes = bytes.subspan(part);
    }
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = static_cast<uInt>(block.size());
    const int status = inflate(&z, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) fail(ErrorKind::system, place, "zlib is out of memory");
    if (status == Z_DATA_ERROR || status == Z_NEED_DICT)
      fail(ErrorKind::file, place, "the gzip data is damaged ({})",
           z.msg != nullptr ? z.msg : "invalid stream");
    const std::size_t made = block.size() - z.avail_out;
    if (out.size() + made > cap)
      fail(ErrorKind::file, place, "inflates to more than the {} bytes allowed here", cap);
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(made));
    const bool input_used = z.avail_in == 0 && bytes.empty();
    if (status == Z_STREAM_END) {
      if (input_used) return out;
      inflateReset(&z);  // another member, or garbage that inflate refuses as a wrong header
    } else if (input_used && made < block.size()) {
      fail(ErrorKind::file, place, "the gzip data is truncated");
    }
  }
}

Bytes read_maybe_gzip(const std::string& path, std::uint64_t cap) {
  Bytes bytes = read_file(path, cap);
  return is_gzip(bytes) ? gunzip(bytes, path, cap) : bytes;
}

}  // namespace ulam::io
