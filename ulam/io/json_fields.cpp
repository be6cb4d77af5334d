// Typed members of JSON objects (declared in json.h).
#include <limits>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/io/json.h"
#include "ulam/io/quote.h"

namespace ulam::io {
namespace {

[[noreturn]] void wrong(const json& found, std::string_view key, std::string_view place, const char* wanted) {
  std::string shown = found.dump(-1, ' ', true, json::error_handler_t::replace);
  if (shown.size() > 40) shown = shown.substr(0, 40) + "...";
  fail(ErrorKind::file, place, "field {} is {}, {} is needed", in_quotes(key), shown, wanted);
}

/// The member, or null when it is missing and `may_miss`.
const json* member(const json& object, std::string_view key, std::string_view place, bool may_miss) {
  if (!object.is_object())
    fail(ErrorKind::file, place, "a JSON object is needed, not {}", object.type_name());
  const auto found = object.find(key);
  if (found != object.end()) return &*found;
  if (!may_miss) fail(ErrorKind::file, place, "field {} is missing", in_quotes(key));
  return nullptr;
}

bool to_flag(const json& v, std::string_view key, std::string_view place) {
  if (!v.is_boolean()) wrong(v, key, place, "true or false");
  return v.get<bool>();
}

std::int64_t to_integer(const json& v, std::string_view key, std::string_view place) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (!v.is_number_integer() || (v.is_number_unsigned() && v.get<std::uint64_t>() > most))
    wrong(v, key, place, "an integer of 64 bits");
  return v.get<std::int64_t>();
}

double to_real(const json& v, std::string_view key, std::string_view place) {
  if (!v.is_number()) wrong(v, key, place, "a number");
  return v.get<double>();
}

std::string to_text(const json& v, std::string_view key, std::string_view place) {
  if (!v.is_string()) wrong(v, key, place, "a string");
  return v.get<std::string>();
}

template <typename Convert>
auto to_list(const json& v, std::string_view key, std::string_view place, const char* wanted,
             Convert convert) {
  if (!v.is_array()) wrong(v, key, place, wanted);
  std::vector<decltype(convert(v, key, place))> out;
  out.reserve(v.size());
  for (std::size_t i = 0; i < v.size(); ++i)
    out.push_back(convert(v[i], fmt::format("{}[{}]", key, i), place));
  return out;
}

std::vector<double> to_reals(const json& v, std::string_view key, std::string_view place) {
  return to_list(v, key, place, "a list of numbers", to_real);
}

}  // namespace

bool get_flag(const json& object, std::string_view key, std::string_view place,
              std::optional<bool> otherwise) {
  const json* v = member(object, key, place, otherwise.has_value());
  return v == nullptr ? *otherwise : to_flag(*v, key, place);
}

std::int64_t get_integer(const json& object, std::string_view key, std::string_view place,
                         std::optional<std::int64_t> otherwise) {
  const json* v = member(object, key, place, otherwise.has_value());
  return v == nullptr ? *otherwise : to_integer(*v, key, place);
}

double get_real(const json& object, std::string_view key, std::string_view place,
                std::optional<double> otherwise) {
  const json* v = member(object, key, place, otherwise.has_value());
  return v == nullptr ? *otherwise : to_real(*v, key, place);
}

std::string get_text(const json& object, std::string_view key, std::string_view place,
                     std::optional<std::string> otherwise) {
  const json* v = member(object, key, place, otherwise.has_value());
  return v == nullptr ? *otherwise : to_text(*v, key, place);
}

std::vector<double> get_reals(const json& object, std::string_view key, std::string_view place,
                              std::optional<std::vector<double>> otherwise) {
  const json* v = member(object, key, place, otherwise.has_value());
  return v == nullptr ? *otherwise : to_reals(*v, key, place);
}

std::vector<std::int64_t> get_integers(const json& object, std::string_view key, std::string_view place,
                                       std::optional<std::vector<std::int64_t>> otherwise) {
  const json* v = member(object, key, place, otherwise.has_value());
  return v == nullptr ? *otherwise : to_list(*v, key, place, "a list of integers", to_integer);
}

std::vector<std::string> get_texts(const json& object, std::string_view key, std::string_view place,
                                   std::optional<std::vector<std::string>> otherwise) {
  const json* v = member(object, key, place, otherwise.has_value());
  return v == nullptr ? *otherwise : to_list(*v, key, place, "a list of strings", to_text);
}

std::vector<std::vector<double>> get_real_rows(const json& object, std::string_view key,
                                               std::string_view place) {
  return to_list(*member(object, key, place, false), key, place, "a list of lists of numbers", to_reals);
}

const json& get_object(const json& object, std::string_view key, std::string_view place) {
  const json& v = *member(object, key, place, false);
  if (!v.is_object()) wrong(v, key, place, "an object");
  return v;
}

const json& get_list(const json& object, std::string_view key, std::string_view place) {
  const json& v = *member(object, key, place, false);
  if (!v.is_array()) wrong(v, key, place, "a list");
  return v;
}

bool has_key(const json& object, std::string_view key) { return object.is_object() && object.contains(key); }

void only_keys(const json& object, const std::vector<std::string>& allowed, std::string_view place) {
  if (!object.is_object())
    fail(ErrorKind::file, place, "a JSON object is needed, not {}", object.type_name());
  for (const auto& [key, value] : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    const std::string nearest = nearest_name(key, allowed);
    fail(ErrorKind::file, place, "unknown field {}{}, valid: {}", in_quotes(key),
         nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest), joined(allowed));
  }
}

}  // namespace ulam::io
