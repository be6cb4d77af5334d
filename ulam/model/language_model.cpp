#include "ulam/model/language_model.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* text_place = "text";

}  // namespace

TextState TextState::chosen(const std::vector<std::int64_t>& chosen_rows) const {
  TextState out;
  for (const std::int64_t row : chosen_rows) {
    if (row < 0 || row >= rows())
      fail(ErrorKind::shape, text_place, "row {} of {} is asked for", row, rows());
    out.lengths.push_back(lengths[static_cast<std::size_t>(row)]);
  }
  const at::Tensor index = at::empty({static_cast<std::int64_t>(chosen_rows.size())}, at::kLong);
  std::copy(chosen_rows.begin(), chosen_rows.end(), index.data_ptr<std::int64_t>());
  for (const at::Tensor& t : memory) out.memory.push_back(t.index_select(0, index.to(t.device())));
  return out;
}

void TextState::cut(std::int64_t row, std::int64_t length) {
  if (row < 0 || row >= rows()) fail(ErrorKind::shape, text_place, "row {} of {} is asked for", row, rows());
  std::int64_t& now = lengths[static_cast<std::size_t>(row)];
  if (length < 0 || length > now)
    fail(ErrorKind::shape, text_place, "row {} holds {} tokens and cannot be cut to {}", row, now, length);
  now = length;
}

std::vector<std::int64_t> check_tokens(const LanguageInfo& info, const at::Tensor& tokens,
                                       const TextState& state) {
  if (tokens.dim() != 2 || tokens.scalar_type() != at::kLong || !tokens.is_cpu() ||
      tokens.size(0) != state.rows())
    fail(ErrorKind::shape, text_place,
         "tokens of shape {} and type {} for {} rows; int64 [rows, n] is needed", shape_text(tokens.sizes()),
         at::toString(tokens.scalar_type()), state.rows());
  const at::Tensor plain = tokens.contiguous();
  const std::int64_t* value = plain.data_ptr<std::int64_t>();
  std::vector<std::int64_t> counts;
  for (std::int64_t r = 0; r < plain.size(0); ++r) {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < plain.size(1); ++i, ++value) {
      if (*value == -1) continue;
      if (*value < 0 || *value >= info.vocabulary)
        fail(ErrorKind::option, text_place, "token {} is not in 0 .. {} of '{}'", *value, info.vocabulary - 1,
             info.name);
      if (count != i) fail(ErrorKind::shape, text_place, "row {} has a token after a gap", r);
      ++count;
    }
    if (state.lengths[static_cast<std::size_t>(r)] + count > info.context)
      fail(ErrorKind::option, text_place, "row {} would hold {} tokens, '{}' remembers {}", r,
           state.lengths[static_cast<std::size_t>(r)] + count, info.name, info.context);
    counts.push_back(count);
  }
  return counts;
}

}  // namespace ulam
