#pragma once
// What a benchmark says: tables for people on standard output, the same figures as JSON, the machine beside
// them.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ulam::bench {

/// What figures depend on: processor, instruction set of the kernels, cores this process may use, compiler,
/// libtorch, version of Ulam.
nlohmann::json machine_class();

/// Prints as it goes, so that a run that is stopped has shown what it measured.
class Report {
 public:
  /// Begins a table: its name, and the columns beside the rows' names ("M/s", "ratio").
  void table(const std::string& name, const std::vector<std::string>& columns);
  /// A row of the table begun last, a value for each column.
  void row(const std::string& name, const std::vector<double>& values);
  /// One figure of the summary at the end.
  void headline(const std::string& name, double value, const std::string& unit);
  void print_headlines() const;
  /// {"machine": {...}, "headlines": {NAME: {"value", "unit"}}, "tables": {TABLE: {ROW: {COLUMN: value}}}}
  nlohmann::json json() const;

 private:
  std::string table_;
  std::vector<std::string> columns_;
  nlohmann::json tables_ = nlohmann::json::object(), headlines_ = nlohmann::json::object();
};

}  // namespace ulam::bench
