// Sample sets worked out once and kept on disk (declared in sample_set.h).
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/measure/sample_set.h"
#include "ulam/measure/sample_set_checks.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

/// A file without a name, which goes with its descriptor.
class Scratch {
 public:
  Scratch() {
    std::error_code error;
    std::filesystem::path folder = std::filesystem::temp_directory_path(error);
    if (error) folder = "/tmp";
    folder_ = folder.string();
    std::string name = (folder / "ulam-rows-XXXXXX").string();
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) give_up("made");
    ::unlink(name.c_str());
  }
  ~Scratch() { ::close(descriptor_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void append(const void* bytes, std::size_t count) {
    const auto* from = static_cast<const char*>(bytes);
    while (count > 0) {
      const ssize_t done = ::write(descriptor_, from, std::min<std::size_t>(count, 1u << 30));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) give_up("written");
      from += done;
      count -= static_cast<std::size_t>(done);
    }
  }
  void read(void* bytes, std::size_t count, std::size_t at) const {
    auto* to = static_cast<char*>(bytes);
    while (count > 0) {
      const ssize_t done =
          ::pread(descriptor_, to, std::min<std::size_t>(count, 1u << 30), static_cast<off_t>(at));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) give_up("read");
      to += done;
      at += static_cast<std::size_t>(done);
      count -= static_cast<std::size_t>(done);
    }
  }

 private:
  [[noreturn]] void give_up(const char* action) const {
    const int error = errno;
    fail(ErrorKind::system, "temporary file in " + folder_, "could not be {}: {}", action,
         std::generic_category().message(error));
  }
  std::string folder_;
  int descriptor_ = -1;
};

class OnDisk final : public SampleSet {
 public:
  OnDisk(const SampleSet& set, const std::function<at::Tensor(const at::Tensor&)>& map, std::string name,
         std::int64_t block)
      : name_(std::move(name)), size_(set.size()), labels_(set.labels()) {
    if (block < 1) fail(ErrorKind::option, name_, "blocks of {} rows; at least 1 is needed", block);
    if (size_ == 0) fail(ErrorKind::option, name_, "{} has no rows", set.name());
    for (std::int64_t first = 0; first < size_; first += block) {
      const std::int64_t count = std::min(block, size_ - first);
      const at::Tensor rows = map(set.block(first, count)).detach().to(at::kCPU).contiguous();
      check(rows, first, count);
      sample_set_detail::check_finite(rows, first, name_);
      file_.append(rows.data_ptr(), rows.nbytes());
    }
  }
  std::int64_t size() const override { return size_; }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    sample_set_detail::check_range(*this, first, count);
    std::vector<std::int64_t> shape{count};
    shape.insert(shape.end(), shape_.begin(), shape_.end());
    at::Tensor rows = at::empty(shape, type_);
    const std::size_t row = static_cast<std::size_t>(dimension()) * at::elementSize(type_);
    file_.read(rows.data_ptr(), static_cast<std::size_t>(count) * row, static_cast<std::size_t>(first) * row);
    return rows;
  }
  at::Tensor labels() const override { return labels_; }
  const std::string& name() const override { return name_; }

 private:
  void check(const at::Tensor& rows, std::int64_t first, std::int64_t count) {
    const bool real = rows.scalar_type() == at::kFloat || rows.scalar_type() == at::kDouble;
    if (!real || rows.dim() < 2 || rows.size(0) != count || rows.numel() == 0)
      fail(ErrorKind::shape, name_,
           "the map made {} {} of {} rows, [{}, features] of float or double is needed",
           at::toString(rows.scalar_type()), shape_text(rows.sizes()), count, count);
    const std::vector<std::int64_t> shape = rows.sizes().slice(1).vec();
    if (first == 0) {
      shape_ = shape;
      type_ = rows.scalar_type();
    } else if (shape != shape_ || type_ != rows.scalar_type()) {
      fail(ErrorKind::shape, name_, "the map made rows of shape {} first and {} from row {}",
           shape_text(shape_), shape_text(shape), first);
    }
  }

  std::string name_;
  std::int64_t size_;
  at::Tensor labels_;
  std::vector<std::int64_t> shape_;
  at::ScalarType type_ = at::kFloat;
  Scratch file_;
};

}  // namespace

SampleSetPtr mapped(const SampleSet& set, const std::function<at::Tensor(const at::Tensor&)>& map,
                    std::string name, std::int64_t block) {
  return std::make_shared<OnDisk>(set, map, std::move(name), block);
}

}  // namespace ulam
