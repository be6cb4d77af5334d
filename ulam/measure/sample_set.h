#pragma once
// A set of samples read in blocks, so that no measure needs all of it in memory at once.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

namespace ulam {

/// n rows of one shape. Blocks may be read any number of times and in any order; the same block always has
/// the same bits. Thread-safe.
class SampleSet {
 public:
  virtual ~SampleSet() = default;
  virtual std::int64_t size() const = 0;
  virtual const std::vector<std::int64_t>& shape() const = 0;  // of one row
  /// Rows first .. first + count - 1: [count, shape...], float or double, CPU, contiguous. Throws
  /// Error(shape) past the end, Error(numeric) naming the row that holds NaN or infinity, and what reading
  /// throws.
  virtual at::Tensor block(std::int64_t first, std::int64_t count) const = 0;
  /// Class numbers, int64 [n]; undefined without.
  virtual at::Tensor labels() const { return {}; }
  virtual const std::string& name() const = 0;  // for sentences: a path, "ddim at 10 evaluations"

  std::int64_t dimension() const;  // numbers a row
};
using SampleSetPtr = std::shared_ptr<const SampleSet>;

/// Rows that stand in memory, not copied. `labels` undefined or int64 [n]. Throws Error(shape).
SampleSetPtr in_memory(at::Tensor rows, std::string name, at::Tensor labels = {});
/// The samples of a file, read from disk block by block where the format allows (.npy; .npz and .safetensors
/// hold "samples" or one array): little memory however many rows. uint8 pictures become [-1, 1] floats.
/// Throws Error(system | file | shape).
SampleSetPtr open_samples(const std::string& path);
/// Rows first .. first + count - 1 of another set.
SampleSetPtr slice(SampleSetPtr set, std::int64_t first, std::int64_t count);
/// Rows of one class. Throws Error(option) naming the class when it is empty or the set has no labels.
SampleSetPtr of_class(SampleSetPtr set, std::int64_t label);

/// Another view of every row, worked out once, block by block, and kept in an unnamed temporary file (little
/// memory). `map`: [k, shape...] -> [k, features]. Throws what map and the file system throw.
SampleSetPtr mapped(const SampleSet& set, const std::function<at::Tensor(const at::Tensor&)>& map,
                    std::string name, std::int64_t block = 256);

/// Rows first .. first + count - 1 as [count, dimension] doubles, contiguous.
at::Tensor flat_rows(const SampleSet& set, std::int64_t first, std::int64_t count);
/// What every comparison needs: the same row shape on both sides (a flat row fits any shape of as many
/// numbers), else Error(shape) naming both sets and shapes; at least `least` rows a set, else Error(option).
/// `measure` begins the sentence.
void check_comparable(const SampleSet& a, const SampleSet& b, std::int64_t least, std::string_view measure);
void check_rows(const SampleSet& set, std::int64_t least, std::string_view measure);

}  // namespace ulam
