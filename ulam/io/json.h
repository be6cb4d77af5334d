#pragma once
// JSON files with limits, and typed access that names file and field.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/io/bytes.h"

namespace ulam::io {

using nlohmann::json;

inline constexpr std::uint64_t json_cap = std::uint64_t{64} << 20;
inline constexpr std::size_t json_depth_cap = 64;

/// Parses strict JSON (RFC 8259: no comments, no trailing commas, valid UTF-8). Throws Error(file)
/// "place:line:column: ..." for a syntax error, a key that appears twice in an object, nesting beyond 64
/// levels, numbers beyond double, more than `cap` bytes.
json parse_json(std::string_view text, std::string_view place, std::uint64_t cap = json_cap);
/// As parse_json, from a file; throws Error(system) when it cannot be read.
json read_json(const std::string& path, std::uint64_t cap = json_cap);
/// Writes `value` with an indent of 2 and a final line break, atomically; keys come sorted. Throws
/// Error(option) for a string that is not UTF-8 or a number that is not finite (JSON has none), Error(system)
/// as AtomicFile does.
void write_json(const std::string& path, const json& value);

/// Typed members of an object. `place` is the file, or file and parent field ("gmm.json: path"); every error
/// is Error(file) "place: field 'key' ...". Without `otherwise` a missing field is an error. Integers are
/// JSON numbers without fraction or exponent that fit 64 bits; reals are any JSON number.
bool get_flag(const json& object, std::string_view key, std::string_view place,
              std::optional<bool> otherwise = {});
std::int64_t get_integer(const json& object, std::string_view key, std::string_view place,
                         std::optional<std::int64_t> otherwise = {});
double get_real(const json& object, std::string_view key, std::string_view place,
                std::optional<double> otherwise = {});
std::string get_text(const json& object, std::string_view key, std::string_view place,
                     std::optional<std::string> otherwise = {});
std::vector<double> get_reals(const json& object, std::string_view key, std::string_view place,
                              std::optional<std::vector<double>> otherwise = {});
std::vector<std::int64_t> get_integers(const json& object, std::string_view key, std::string_view place,
                                       std::optional<std::vector<std::int64_t>> otherwise = {});
std::vector<std::string> get_texts(const json& object, std::string_view key, std::string_view place,
                                   std::optional<std::vector<std::string>> otherwise = {});
/// A list of lists of numbers; rows may differ in length.
std::vector<std::vector<double>> get_real_rows(const json& object, std::string_view key,
                                               std::string_view place);
/// A member that must be an object, or a list; the reference lives as long as `object`.
const json& get_object(const json& object, std::string_view key, std::string_view place);
const json& get_list(const json& object, std::string_view key, std::string_view place);

bool has_key(const json& object, std::string_view key);
/// Throws Error(file) unless `object` is an object whose keys are all among `allowed`; names the nearest and
/// all of them.
void only_keys(const json& object, const std::vector<std::string>& allowed, std::string_view place);

}  // namespace ulam::io
