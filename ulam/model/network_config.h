#pragma once
// Checked reading of a network's configuration.
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ulam {

/// Reads fields of one JSON object and remembers which were asked for, so that `finish` can refuse the others.
class NetworkConfig {
 public:
  NetworkConfig(const nlohmann::json& json, std::string place);
  /// Whole number in [least, most]; `standard` where absent.
  int integer(const std::string& name, int standard, int least, int most);
  bool flag(const std::string& name, bool standard);
  /// One of `valid`.
  std::string choice(const std::string& name, const std::string& standard, const std::vector<std::string>& valid);
  /// List of whole numbers, each in [least, most], 1 to 16 of them (0 allowed when `standard` is empty).
  std::vector<int> integers(const std::string& name, const std::vector<int>& standard, int least, int most);
  /// A field that the caller reads and checks.
  void text(const std::string& name) { find(name); }
  /// List of exactly `count` finite numbers, each in [least, most]; any number of them from 1 for `count` 0.
  std::vector<double> reals(const std::string& name, const std::vector<double>& standard, std::size_t count, double least, double most);
  /// List of texts, none twice and none empty.
  std::vector<std::string> texts(const std::string& name, const std::vector<std::string>& standard);
  /// Shape of one row: 1 to 4 positive sizes, at most 2^24 numbers in all.
  std::vector<std::int64_t> shape(const std::string& name);
  /// Throws Error(option) when the object holds a field that nobody asked for (naming the nearest).
  void finish() const;
  const std::string& place() const { return place_; }

 private:
  const nlohmann::json* find(const std::string& name);
  const nlohmann::json& json_;
  std::string place_;
  std::vector<std::string> asked_{"kind"};
};

}  // namespace ulam
