#pragma once
// A measured number never travels without its sampling error.
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam {

struct Figure {
  std::string name;  // "frechet", "precision"
  double value = 0;
  double error = 0;       // one standard error of `value` over fresh samples
  std::string error_by;   // "bootstrap of 64 groups", "32 repeats", "binomial"
  std::int64_t rows = 0;  // samples that went in, the smaller set's
  std::string note;       // one sentence a reader needs: bias, p-value, what 0 means; may be empty
};

/// "12.31 +- 0.42": two digits of the error, the value to the same place. An error of 0 leaves the value
/// alone.
std::string figure_text(double value, double error);
/// {"name", "value", "error", "error_by", "rows", "note"}; the note only where there is one.
nlohmann::json figure_json(const Figure& figure);
nlohmann::json figures_json(const std::vector<Figure>& figures);

}  // namespace ulam
