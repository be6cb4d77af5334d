#pragma once
// Models of text: tokens in, scores of the next token out, and what they remember as a value.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace ulam {

struct LanguageInfo {
  std::string name;
  std::int64_t vocabulary = 0;
  std::int64_t context = 0;    // most tokens of a row
  double flops_per_token = 0;  // without what grows with the length
  std::uint64_t hash = 0;      // of configuration and weights
};

/// Rows of text as a model remembers them. A value: a copy is a fork, is cheap, and neither side sees what
/// the other is given afterwards. Rows may differ in length.
struct TextState {
  std::vector<std::int64_t> lengths;  // tokens that each row holds
  std::vector<at::Tensor>
      memory;  // the model's own, rows along the first axis; beyond a row's length nothing is meant

  std::int64_t rows() const { return static_cast<std::int64_t>(lengths.size()); }
  /// The rows of those numbers, in that order; a number may stand more than once (resampling, branching) or
  /// not at all. Throws Error(shape) for a number out of range. Cost: a copy of the memory.
  TextState chosen(const std::vector<std::int64_t>& rows) const;
  /// Forgets all but the first `length` tokens of a row: free, and what was forgotten is never seen again
  /// (taking back tokens that were guessed). Throws Error(shape) unless 0 <= length <= lengths[row].
  void cut(std::int64_t row, std::int64_t length);
};

class LanguageModel {
 public:
  virtual ~LanguageModel() = default;
  virtual const LanguageInfo& info() const = 0;
  /// Rows that hold nothing yet.
  virtual TextState start(std::int64_t rows) const = 0;
  /// Appends to every row the tokens of its line of `tokens`, int64 [rows, n] on the CPU, and returns the
  /// logits of the token after each of them: float [rows, n, vocabulary]. A line may end in -1s: nothing is
  /// appended there, and the logits there mean nothing. Rows do not see one another; tokens appended in one
  /// call or in several give the same logits to rounding. Throws Error(shape | option) naming a token out of
  /// range, a gap within a line, or a row that would pass info().context; `state` is then as it was. Cost:
  /// one evaluation a token. Not differentiable.
  virtual at::Tensor forward(const at::Tensor& tokens, TextState& state) const = 0;
};
using LanguageModelPtr = std::shared_ptr<const LanguageModel>;

/// How many tokens each line of a call appends. Throws as LanguageModel::forward.
std::vector<std::int64_t> check_tokens(const LanguageInfo& info, const at::Tensor& tokens,
                                       const TextState& state);

}  // namespace ulam
