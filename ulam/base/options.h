#pragma once
// Options with a schema: one table of parameters serves spec strings, JSON, command-line help and
// documentation.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam {

enum class OptionType { boolean, integer, real, text };

/// One parameter of a method. `standard` is the default in text form ("" = none: the option may stay unset).
struct Parameter {
  std::string name;
  OptionType type = OptionType::real;
  std::string standard;
  std::string purpose;
  std::optional<double> least, most;  // inclusive range of numbers
  std::vector<std::string> choices;   // valid texts; empty = any
  std::string unit;
};

using OptionValue = std::variant<bool, long, double, std::string>;

/// Checked values for a list of parameters. Every parameter with a default has a value.
class Options {
 public:
  Options() = default;
  /// Checks names, types, ranges and choices; throws Error(option): "place: ..." with the valid choices and
  /// the nearest.
  Options(std::string place, const std::vector<Parameter>& schema,
          const std::map<std::string, std::string>& given);

  bool has(std::string_view name) const;
  bool flag(std::string_view name) const;
  long integer(std::string_view name) const;
  double real(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  /// "name=value,..." of all values in schema order; parsing it gives equal options.
  std::string canonical() const;
  nlohmann::json json() const;

 private:
  const OptionValue& at(std::string_view name) const;
  std::string place_;
  std::vector<std::pair<std::string, OptionValue>> values_;
};

/// A spec string "name:key=value,key=value", taken apart; a lone "key" means key=true. Throws Error(option).
struct Spec {
  std::string name;
  std::map<std::string, std::string> given;
};
Spec parse_spec(std::string_view text, std::string_view place);

/// The name of `names` nearest to `wrong` (edit distance), for error sentences; "" when none is near.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& names);
/// "a, b, c" for error sentences.
std::string joined(const std::vector<std::string>& names);

}  // namespace ulam
