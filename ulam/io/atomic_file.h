#pragma once
// Writing that leaves either the whole new file or what was there before.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ulam::io {

/// A file under a temporary name in the folder of `path`, renamed to `path` by commit(). Without commit() (an
/// exception, a cancelled job) the destructor removes the temporary and `path` keeps its former content. A
/// symbolic link is followed; a device or pipe (/dev/full, /dev/stdout) is written in place, since a rename
/// would replace the device. Every failure throws Error(system) with the path and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Flushes to the disk and renames. Nothing may be written afterwards.
  void commit();

 private:
  [[noreturn]] void give_up(const char* action, int error);
  void discard() noexcept;

  std::string path_;       // as the caller named it
  std::string target_;     // behind symbolic links
  std::string temporary_;  // empty when written in place
  int descriptor_ = -1;
};

/// Writes the whole content atomically; throws as AtomicFile does.
void write_file_atomic(const std::string& path, std::span<const std::byte> bytes);
void write_file_atomic(const std::string& path, std::string_view text);

/// Makes the folder and its parents; throws Error(system) when that fails or a file is in the way.
void ensure_folder(const std::string& path);

}  // namespace ulam::io
