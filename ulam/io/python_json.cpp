#include "ulam/io/python_json.h"

namespace ulam::io {
namespace {

bool part_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '+' || c == '.';
}

}  // namespace

json parse_python_json(std::string_view text, std::string_view place, std::uint64_t cap) {
  if (text.size() > cap) return parse_json(text, place, cap);  // which refuses
  std::string plain(text);
  for (std::size_t i = 0; i < plain.size();) {
    if (plain[i] == '"') {
      for (++i; i < plain.size() && plain[i] != '"'; ++i)
        if (plain[i] == '\\') ++i;
      ++i;
      continue;
    }
    if (!part_of_word(plain[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < plain.size() && part_of_word(plain[end])) ++end;
    const std::string_view word = std::string_view(plain).substr(i, end - i);
    if (word == "Infinity" || word == "-Infinity")
      plain.replace(i, end - i, std::string("null") + std::string(end - i - 4, ' '));
    else if (word == "NaN")
      plain.replace(i, 3, "null"), ++end;
    i = end;
  }
  return parse_json(plain, place, cap + text.size());
}

json read_python_json(const std::string& path, std::uint64_t cap) {
  const Bytes bytes = read_file(path, cap);
  return parse_python_json(as_text(bytes), path, cap);
}

}  // namespace ulam::io
