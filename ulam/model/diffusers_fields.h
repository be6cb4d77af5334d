#pragma once
// Checked reading of the configurations that diffusers writes. No torch here.
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ulam::diffusers {

/// The fields of one JSON object. A field that is absent has its standard value; one that is null (Python's
/// None) is nothing. What nobody asked for is `unknown`, which the caller reports, since other versions write
/// other fields. Every error is Error(file) "place: field 'name' ..." with the value and what is valid.
class Fields {
 public:
  /// Throws Error(file) unless `json` is an object.
  Fields(const nlohmann::json& json, std::string place);

  /// Present and not null.
  bool has(const std::string& name);
  int integer(const std::string& name, int standard, int least, int most);
  double real(const std::string& name, double standard, double least, double most);
  bool flag(const std::string& name, bool standard);
  std::string text(const std::string& name, const std::string& standard);
  /// One of `choices`; the error names the nearest.
  std::string choice(const std::string& name, const std::string& standard,
                     const std::vector<std::string>& choices);
  /// Nothing where the field is null; `standard` where it is absent.
  std::optional<int> maybe_integer(const std::string& name, std::optional<int> standard, int least, int most);
  std::optional<double> maybe_real(const std::string& name, std::optional<double> standard, double least,
                                   double most);
  std::optional<std::string> maybe_text(const std::string& name, std::optional<std::string> standard);
  /// 1 to `longest` entries.
  std::vector<int> integers(const std::string& name, const std::vector<int>& standard, int least, int most,
                            std::size_t longest = 16);
  std::vector<double> reals(const std::string& name, const std::vector<double>& standard, double least,
                            double most, std::size_t longest);
  std::vector<std::string> texts(const std::string& name, const std::vector<std::string>& standard,
                                 std::size_t longest = 16);
  /// A whole number, or [height, width].
  std::pair<int, int> size(const std::string& name, std::optional<int> standard, int least, int most);

  /// Fields that are known and bear on nothing here.
  void ignore(const std::vector<std::string>& names);
  /// Fields that nobody asked for and that do not begin with "_", in name order.
  std::vector<std::string> unknown() const;
  /// Sentences "place: unknown field 'x' is not heeded (did you mean 'y'?)" for them.
  std::vector<std::string> warnings() const;

  const std::string& place() const { return place_; }
  /// Throws Error(file) "place: field 'name' is VALUE, WANTED".
  [[noreturn]] void refuse(const std::string& name, const std::string& wanted) const;

 private:
  const nlohmann::json* find(const std::string& name);
  const nlohmann::json& json_;
  std::string place_;
  std::vector<std::string> asked_;
};

}  // namespace ulam::diffusers
