#pragma once
// Text to tokens and back, by a tokenizer file of llama2.c.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ulam/io/bytes.h"

namespace ulam::io {

/// Pieces with scores: byte-pair encoding that begins with characters, falls back to bytes, and joins the
/// neighbours whose piece has the highest score (karpathy/llama2.c, run.c). Token 0 is unknown, 1 begins a
/// text, 2 ends one, 3 + b is byte b.
class Tokenizer {
 public:
  static constexpr std::int64_t begin = 1, end = 2;

  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  const std::string& piece(std::int64_t token) const { return pieces_.at(static_cast<std::size_t>(token)); }
  std::size_t longest() const { return longest_; }
  /// Begins with `begin`; a text that is not empty gets a space in front, as the models were trained. Any
  /// bytes are taken. Time: square of the length. Throws Error(unsupported) for a byte that the vocabulary
  /// has no piece for.
  std::vector<std::int64_t> encode(std::string_view text) const;
  /// What a token adds to a text after `previous`: no space right after `begin`; nothing for `begin` and
  /// `end` themselves. Tokens out of range add nothing.
  std::string text(std::int64_t previous, std::int64_t token) const;
  /// The text of tokens, each after the one before; the first adds nothing where it is `begin`.
  std::string decode(const std::vector<std::int64_t>& tokens) const;

 private:
  friend Tokenizer parse_tokenizer(ByteView bytes, std::string_view place);
  std::vector<std::string> pieces_;
  std::vector<float> scores_;
  std::map<std::string, std::int64_t, std::less<>> found_;  // the first of equal pieces
  std::size_t longest_ = 0;
};

/// int32 longest piece, then for every piece float32 score, int32 length, bytes, to the end of the file.
/// Sizes are checked against the length; scores must be finite; at least 3 pieces. Throws Error(file) in one
/// sentence.
Tokenizer parse_tokenizer(ByteView bytes, std::string_view place);
Tokenizer read_tokenizer(const std::string& path);

}  // namespace ulam::io
