#include "ulam/io/json.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "ulam/base/error.h"
#include "ulam/io/quote.h"

namespace ulam::io {
namespace {

/// An input iterator that tells the checker how far the parser has read.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  const char** seen_;
};

std::string position_text(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_begin = before.rfind('\n');
  const auto column = line_begin == before.npos ? before.size() : before.size() - line_begin - 1;
  return fmt::format("{}:{}", line, std::max<std::size_t>(column, 1));
}

/// First pass: syntax, depth, duplicate keys. The second pass, the library's own, then meets only tame input.
class Checker : public nlohmann::json_sax<json> {
 public:
  Checker(std::string_view text, std::string_view place) : text_(text), place_(place), seen_(text.data()) {}
  const char** seen() { return &seen_; }

  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second)
      refuse(static_cast<std::size_t>(seen_ - text_.data()), "the key {} appears twice", in_quotes(name));
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t position, const std::string& token, const json::exception& error) override {
    if (error.id == 406) refuse(position, "the number {} passes the range of a double", in_quotes(token, 40));
    if (position >= text_.size()) refuse(text_.size(), "the JSON text ends too early");
    refuse(position, "not valid JSON near {}", in_quotes(token, 40));
  }

 private:
  bool enter() {
    if (keys_.size() == json_depth_cap)
      refuse(static_cast<std::size_t>(seen_ - text_.data()), "nesting passes {} levels", json_depth_cap);
    keys_.emplace_back();
    return true;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }
  template <typename... Args>
  [[noreturn]] void refuse(std::size_t at, fmt::format_string<Args...> sentence, Args&&... args) {
    fail(ErrorKind::file, fmt::format("{}:{}", place_, position_text(text_, at)), sentence,
         std::forward<Args>(args)...);
  }

  std::string_view text_;
  std::string_view place_;
  const char* seen_;
  std::vector<std::set<std::string>> keys_;
};

bool all_finite(const json& value) {
  if (value.is_number_float()) return std::isfinite(value.get<double>());
  return !value.is_structured() || std::all_of(value.begin(), value.end(), all_finite);
}

}  // namespace

json parse_json(std::string_view text, std::string_view place, std::uint64_t cap) {
  if (text.size() > cap)
    fail(ErrorKind::file, place, "holds {} bytes, more than the {} allowed here", text.size(), cap);
  // The JSON library takes a NUL byte for the end of its input and would let anything follow it.
  if (const auto nul = text.find('\0'); nul != text.npos)
    fail(ErrorKind::file, fmt::format("{}:{}", place, position_text(text, nul + 1)),
         "not valid JSON: a NUL byte");
  Checker checker(text, place);
  json::sax_parse(Cursor(text.data(), checker.seen()), Cursor(text.data() + text.size(), checker.seen()),
                  &checker);
  return json::parse(text.begin(), text.end());
}

json read_json(const std::string& path, std::uint64_t cap) {
  return parse_json(as_text(read_file(path, cap)), path, cap);
}

void write_json(const std::string& path, const json& value) {
  if (!all_finite(value))
    fail(ErrorKind::option, path, "JSON has no number that is infinite or not a number");
  std::string text;
  try {
    text = value.dump(2);
  } catch (const json::exception&) {
    fail(ErrorKind::option, path, "a string is not UTF-8, which JSON needs");
  }
  write_file_atomic(path, text + "\n");
}

}  // namespace ulam::io
