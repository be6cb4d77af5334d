#include "ulam/io/atomic_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <climits>

#include "ulam/base/error.h"

namespace ulam::io {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// The file behind a chain of symbolic links, also where the last one does not exist yet.
std::string behind_links(std::string path) {
  for (int hop = 0; hop < 40; ++hop) {
    std::error_code error;
    const std::filesystem::path next = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = (next.is_absolute() ? next : std::filesystem::path(path).parent_path() / next).string();
  }
  fail(ErrorKind::system, path, "cannot be written: too many symbolic links");
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  if (path_.empty() || path_.find('\0') != std::string::npos)
    fail(ErrorKind::system, "output file", "the name is {}",
         path_.empty() ? "empty" : "not a valid path (NUL byte)");
  struct stat info {};
  const bool exists = ::stat(path_.c_str(), &info) == 0;
  if ((exists && S_ISDIR(info.st_mode)) || path_.back() == '/')
    fail(ErrorKind::system, path_, "cannot be written: it names a folder, a file name is needed");
  if (exists && !S_ISREG(info.st_mode)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) give_up("opened", errno);
    return;
  }
  target_ = behind_links(path_);
  for (int attempt = 0;; ++attempt) {
    temporary_ = fmt::format("{}.{}-{}.tmp", target_, ::getpid(), attempt);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) break;
    const int error = errno;
    if (error == EEXIST && attempt < 1000) continue;
    temporary_.clear();
    if (error == ENOENT || error == ENOTDIR)
      fail(ErrorKind::system, path_, "cannot be written: the folder {} does not exist", folder_of(target_));
    give_up("created", error);
  }
  // An existing file keeps its permissions. Failure costs only that.
  if (exists && ::fchmod(descriptor_, info.st_mode & 07777) != 0) errno = 0;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::give_up(const char* action, int error) {
  discard();
  fail(ErrorKind::system, path_, "could not be {}: {}", action, reason(error));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (descriptor_ < 0) fail(ErrorKind::system, path_, "could not be written: the file is already closed");
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) give_up("written", done < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::commit() {
  if (descriptor_ < 0) fail(ErrorKind::system, path_, "could not be written: the file is already closed");
  const bool in_place = temporary_.empty();
  if (::fsync(descriptor_) != 0 && !(in_place && (errno == EINVAL || errno == EROFS || errno == ENOTSUP)))
    give_up("flushed to the disk", errno);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0 && errno != EINTR) give_up("closed", errno);
  if (in_place) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) give_up("renamed from its temporary name", errno);
  temporary_.clear();
  sync_folder(folder_of(target_));
}

void write_file_atomic(const std::string& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file_atomic(const std::string& path, std::string_view text) {
  write_file_atomic(path, std::as_bytes(std::span(text.data(), text.size())));
}

void ensure_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail(ErrorKind::system, path, "the folder could not be made: {}", error.message());
  if (!std::filesystem::is_directory(path, error))
    fail(ErrorKind::system, path, "the folder could not be made: a file of that name is in the way");
}

}  // namespace ulam::io
