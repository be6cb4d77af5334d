#include "ulam/io/tokenizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ulam/base/error.h"

namespace ulam::io {
namespace {

constexpr std::int64_t first_byte_token = 3;

/// The byte that a piece such as "<0x0A>" stands for, or -1.
int byte_of(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  int value = 0;
  for (const char c : piece.substr(3, 2)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int64_t> tokens = {begin};
  if (text.empty()) return tokens;
  const auto known = [this](std::string_view piece) {
    const auto it = found_.find(piece);
    return it == found_.end() ? -1 : it->second;
  };
  const auto add = [&](std::string_view character) {
    if (const std::int64_t token = known(character); token >= 0) {
      tokens.push_back(token);
      return;
    }
    for (const char c : character) {
      const std::int64_t token = first_byte_token + static_cast<unsigned char>(c);
      if (token >= size())
        fail(ErrorKind::unsupported, "tokenizer", "has no piece for the byte {:02x}",
             static_cast<unsigned char>(c));
      tokens.push_back(token);
    }
  };
  add(" ");
  for (std::size_t i = 0; i < text.size();) {
    std::size_t next = i + 1;  // of a character in UTF-8, at most four bytes
    while (next < text.size() && next - i < 4 && continues(text[next])) ++next;
    add(text.substr(i, next - i));
    i = next;
  }
  for (;;) {
    float best = -1e10f;
    std::size_t where = 0;
    std::int64_t joined = -1;
    for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
      const std::string &left = piece(tokens[i]), &right = piece(tokens[i + 1]);
      if (left.size() + right.size() > longest_) continue;
      const std::int64_t token = known(left + right);
      if (token >= 0 && scores_[static_cast<std::size_t>(token)] > best) {
        best = scores_[static_cast<std::size_t>(token)];
        where = i;
        joined = token;
      }
    }
    if (joined < 0) return tokens;
    tokens[where] = joined;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
}

std::string Tokenizer::text(std::int64_t previous, std::int64_t token) const {
  if (token < 0 || token >= size() || token == begin || token == end) return "";
  const std::string& piece = pieces_[static_cast<std::size_t>(token)];
  if (const int byte = byte_of(piece); byte >= 0) return std::string(1, static_cast<char>(byte));
  return previous == begin && piece.starts_with(' ') ? piece.substr(1) : piece;
}

std::string Tokenizer::decode(const std::vector<std::int64_t>& tokens) const {
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) out += text(i > 0 ? tokens[i - 1] : -1, tokens[i]);
  return out;
}

Tokenizer parse_tokenizer(ByteView bytes, std::string_view place) {
  std::size_t at = 0;
  const auto word = [&](auto& value, const char* what) {
    if (bytes.size() - at < sizeof value)
      fail(ErrorKind::file, place, "is truncated: no room for {} at byte {}", what, at);
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
  };
  std::int32_t longest = 0;
  word(longest, "the length of the longest piece");
  if (longest < 1 || longest > 1 << 16)
    fail(ErrorKind::file, place, "says that its longest piece has {} bytes, 1 to {} are read", longest,
         1 << 16);
  Tokenizer out;
  while (at < bytes.size()) {
    const std::size_t number = out.pieces_.size();
    float score = 0;
    std::int32_t length = 0;
    word(score, "a score");
    word(length, "a length");
    if (!std::isfinite(score)) fail(ErrorKind::file, place, "the score of piece {} is not finite", number);
    if (length < 0 || length > longest || static_cast<std::size_t>(length) > bytes.size() - at)
      fail(ErrorKind::file, place, "piece {} has {} bytes, the longest has {} and {} are left", number,
           length, longest, bytes.size() - at);
    std::string piece(as_text(bytes.subspan(at, static_cast<std::size_t>(length))));
    at += static_cast<std::size_t>(length);
    out.longest_ = std::max(out.longest_, piece.size());
    out.found_.emplace(piece, static_cast<std::int64_t>(number));
    out.pieces_.push_back(std::move(piece));
    out.scores_.push_back(score);
  }
  if (out.size() < 3) fail(ErrorKind::file, place, "holds {} pieces, a tokenizer has at least 3", out.size());
  return out;
}

Tokenizer read_tokenizer(const std::string& path) {
  return parse_tokenizer(read_file(path, std::uint64_t{1} << 30), path);
}

}  // namespace ulam::io
