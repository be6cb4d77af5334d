#include "ulam/measure/figure.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ulam {

std::string figure_text(double value, double error) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  if (!std::isfinite(error)) return fmt::format("{:.4g} +- {}", value, error);
  if (error <= 0) return fmt::format("{:.5g}", value);
  // The place of the error's second digit.
  const int places = std::max(0, 1 - static_cast<int>(std::floor(std::log10(error))));
  if (places > 9) return fmt::format("{:.5g} +- {:.2g}", value, error);
  return fmt::format("{:.{}f} +- {:.{}f}", value, places, error, places);
}

nlohmann::json figure_json(const Figure& f) {
  nlohmann::json j = {
      {"name", f.name}, {"value", f.value}, {"error", f.error}, {"error_by", f.error_by}, {"rows", f.rows}};
  if (!f.note.empty()) j["note"] = f.note;
  return j;
}

nlohmann::json figures_json(const std::vector<Figure>& figures) {
  nlohmann::json j = nlohmann::json::array();
  for (const Figure& f : figures) j.push_back(figure_json(f));
  return j;
}

}  // namespace ulam
