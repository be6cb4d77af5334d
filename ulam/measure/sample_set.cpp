#include "ulam/measure/sample_set.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/io/npy.h"
#include "ulam/io/npy_rows.h"
#include "ulam/io/npz.h"
#include "ulam/io/safetensors.h"
#include "ulam/measure/sample_set_checks.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace sample_set_detail {

void check_range(const SampleSet& set, std::int64_t first, std::int64_t count) {
  if (first < 0 || count < 0 || first > set.size() || count > set.size() - first)
    fail(ErrorKind::shape, set.name(), "{} rows from row {} are asked for, it has {}", count, first,
         set.size());
}

void check_finite(const at::Tensor& rows, std::int64_t first, const std::string& name) {
  if (rows.numel() == 0 || at::isfinite(rows.sum()).item<bool>()) return;
  // The sum of finite numbers can overflow, so the rows decide.
  const at::Tensor bad = at::isfinite(rows.reshape({rows.size(0), -1})).all(1).logical_not().nonzero();
  if (bad.size(0) > 0)
    fail(ErrorKind::numeric, name, "row {} holds NaN or infinity", first + bad[0][0].item<std::int64_t>());
}

}  // namespace sample_set_detail

using namespace sample_set_detail;

namespace {

/// What a file's numbers become: float or double rows.
at::Tensor as_samples(at::Tensor rows) {
  switch (rows.scalar_type()) {
    case at::kFloat:
    case at::kDouble:
      return rows;
    case at::kByte:
      return rows.to(at::kFloat).mul_(2. / 255).sub_(1);
    case at::kInt:
    case at::kLong:
      return rows.to(at::kDouble);
    default:
      return rows.to(at::kFloat);
  }
}

void check_labels(const at::Tensor& labels, std::int64_t rows, const std::string& name) {
  if (labels.defined() && (labels.dim() != 1 || labels.size(0) != rows || labels.scalar_type() != at::kLong))
    fail(ErrorKind::shape, name, "labels must be int64 {}, they are {} {}", shape_text({rows}),
         at::toString(labels.scalar_type()), shape_text(labels.sizes()));
}

std::vector<std::int64_t> row_shape(at::IntArrayRef shape, const std::string& name) {
  if (shape.empty()) fail(ErrorKind::shape, name, "holds a single number, samples need rows");
  std::vector<std::int64_t> row(shape.begin() + 1, shape.end());
  if (row.empty()) row = {1};
  for (const std::int64_t extent : row)
    if (extent < 1) fail(ErrorKind::shape, name, "rows of shape {} hold no number", shape_text(row));
  return row;
}

std::vector<std::int64_t> with_rows(std::int64_t rows, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> all{rows};
  all.insert(all.end(), shape.begin(), shape.end());
  return all;
}

class InMemory final : public SampleSet {
 public:
  InMemory(at::Tensor rows, std::string name, at::Tensor labels)
      : name_(std::move(name)), labels_(std::move(labels)) {
    if (!rows.defined() || (rows.scalar_type() != at::kFloat && rows.scalar_type() != at::kDouble))
      fail(ErrorKind::shape, name_, "samples must be a float or double tensor");
    shape_ = row_shape(rows.sizes(), name_);
    rows_ = rows.detach().to(at::kCPU).contiguous().view(with_rows(rows.size(0), shape_));
    check_labels(labels_, rows_.size(0), name_);
  }
  std::int64_t size() const override { return rows_.size(0); }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    check_range(*this, first, count);
    at::Tensor rows = rows_.narrow(0, first, count);
    check_finite(rows, first, name_);
    return rows;
  }
  at::Tensor labels() const override { return labels_; }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  std::vector<std::int64_t> shape_;
  at::Tensor rows_, labels_;
};

class NpyFile final : public SampleSet {
 public:
  explicit NpyFile(const std::string& path) : rows_(path) {
    shape_ = row_shape(with_rows(rows_.rows(), rows_.row_shape()), path);
  }
  std::int64_t size() const override { return rows_.rows(); }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    check_range(*this, first, count);
    io::Array array;
    array.dtype = rows_.dtype();
    array.shape = with_rows(count, shape_);
    array.bytes.resize(static_cast<std::size_t>(count) * rows_.row_bytes());
    rows_.read(first, count, array.bytes);
    at::Tensor rows = as_samples(to_tensor(array));
    check_finite(rows, first, name());
    return rows;
  }
  const std::string& name() const override { return rows_.path(); }

 private:
  io::NpyRows rows_;
  std::vector<std::int64_t> shape_;
};

/// Some rows of another set, in rising order.
class Chosen final : public SampleSet {
 public:
  Chosen(SampleSetPtr set, std::vector<std::int64_t> rows, at::Tensor labels, std::string name)
      : set_(std::move(set)), rows_(std::move(rows)), labels_(std::move(labels)), name_(std::move(name)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(rows_.size()); }
  const std::vector<std::int64_t>& shape() const override { return set_->shape(); }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    check_range(*this, first, count);
    if (count == 0) return set_->block(0, 0);
    std::vector<at::Tensor> parts;
    const auto* row = rows_.data() + first;
    for (std::int64_t i = 0; i < count;) {
      // Neighbours are read together, with what lies between them; memory stays that of a small block.
      std::int64_t end = i + 1;
      while (end < count && row[end] - row[i] < 256) ++end;
      const at::Tensor span = set_->block(row[i], row[end - 1] - row[i] + 1);
      at::Tensor index = at::empty({end - i}, at::kLong);
      std::transform(row + i, row + end, index.data_ptr<std::int64_t>(),
                     [&](std::int64_t r) { return r - row[i]; });
      parts.push_back(span.index_select(0, index));
      i = end;
    }
    return at::cat(parts);
  }
  at::Tensor labels() const override { return labels_; }
  const std::string& name() const override { return name_; }

 private:
  SampleSetPtr set_;
  std::vector<std::int64_t> rows_;
  at::Tensor labels_;
  std::string name_;
};

class Slice final : public SampleSet {
 public:
  Slice(SampleSetPtr set, std::int64_t first, std::int64_t count)
      : set_(std::move(set)), first_(first), count_(count) {
    check_range(*set_, first, count);
    name_ = fmt::format("{} from row {}", set_->name(), first);
  }
  std::int64_t size() const override { return count_; }
  const std::vector<std::int64_t>& shape() const override { return set_->shape(); }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    check_range(*this, first, count);
    return set_->block(first_ + first, count);
  }
  at::Tensor labels() const override {
    const at::Tensor labels = set_->labels();
    return labels.defined() ? labels.narrow(0, first_, count_) : labels;
  }
  const std::string& name() const override { return name_; }

 private:
  SampleSetPtr set_;
  std::int64_t first_, count_;
  std::string name_;
};

SampleSetPtr of_arrays(io::ArrayFile file, const std::string& path) {
  const io::Array* samples = file.find("samples");
  const io::Array* labels = file.find("label") != nullptr ? file.find("label") : file.find("labels");
  if (samples == nullptr && file.arrays.size() == 1) samples = &file.arrays.front().second;
  if (samples == nullptr) {
    std::string names;
    for (const auto& [name, array] : file.arrays) names += (names.empty() ? "" : ", ") + name;
    fail(ErrorKind::file, path, "has no array 'samples' and more or less than one array: {}",
         names.empty() ? "none" : names);
  }
  at::Tensor numbers = labels == nullptr || labels == samples ? at::Tensor() : to_tensor(*labels);
  if (numbers.defined() && !at::isIntegralType(numbers.scalar_type(), false))
    fail(ErrorKind::shape, path, "labels must be integers, they are {}", at::toString(numbers.scalar_type()));
  if (numbers.defined()) numbers = numbers.to(at::kLong);
  return in_memory(as_samples(to_tensor(*samples)), path, numbers);
}

}  // namespace

std::int64_t SampleSet::dimension() const {
  std::int64_t numbers = 1;
  for (const std::int64_t extent : shape()) numbers *= extent;
  return numbers;
}

SampleSetPtr in_memory(at::Tensor rows, std::string name, at::Tensor labels) {
  return std::make_shared<InMemory>(std::move(rows), std::move(name), std::move(labels));
}

SampleSetPtr open_samples(const std::string& path) {
  const auto ends = [&](std::string_view extension) { return path.ends_with(extension); };
  if (ends(".npz")) return of_arrays(io::read_npz(path), path);
  if (ends(".safetensors")) return of_arrays(io::read_safetensors(path), path);
  if (!ends(".npy"))
    fail(ErrorKind::file, path, "unknown kind of sample file, valid: .npy, .npz, .safetensors");
  try {
    return std::make_shared<NpyFile>(path);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unsupported) throw;
    return in_memory(as_samples(to_tensor(io::read_npy(path))), path);  // Fortran order
  }
}

SampleSetPtr slice(SampleSetPtr set, std::int64_t first, std::int64_t count) {
  return std::make_shared<Slice>(std::move(set), first, count);
}

SampleSetPtr of_class(SampleSetPtr set, std::int64_t label) {
  const at::Tensor labels = set->labels();
  if (!labels.defined())
    fail(ErrorKind::option, set->name(), "has no labels, so class {} cannot be taken from it", label);
  const at::Tensor found = labels.eq(label).nonzero().reshape({-1}).contiguous();
  if (found.numel() == 0) fail(ErrorKind::option, set->name(), "class {} is empty", label);
  const auto* rows = found.data_ptr<std::int64_t>();
  std::string name = fmt::format("{}, class {}", set->name(), label);
  return std::make_shared<Chosen>(std::move(set), std::vector<std::int64_t>(rows, rows + found.numel()),
                                  at::full({found.numel()}, label, at::kLong), std::move(name));
}

at::Tensor flat_rows(const SampleSet& set, std::int64_t first, std::int64_t count) {
  return set.block(first, count).reshape({count, set.dimension()}).to(at::kDouble);
}

void check_rows(const SampleSet& set, std::int64_t least, std::string_view measure) {
  if (set.size() < least)
    fail(ErrorKind::option, measure, "{} has {} rows, at least {} are needed", set.name(), set.size(), least);
}

void check_comparable(const SampleSet& a, const SampleSet& b, std::int64_t least, std::string_view measure) {
  const bool flat = a.shape().size() == 1 || b.shape().size() == 1;
  if (a.shape() != b.shape() && !(flat && a.dimension() == b.dimension()))
    fail(ErrorKind::shape, measure, "{} has rows of shape {} and {} of shape {}", a.name(),
         shape_text(a.shape()), b.name(), shape_text(b.shape()));
  check_rows(a, least, measure);
  check_rows(b, least, measure);
}

}  // namespace ulam
