#pragma once
// A comparison as a page, a table and JSON.
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/run/compare.h"

namespace ulam {

/// Heading row, then a row a cell: contender, budget, evaluations, steps, the figures by name, remarks.
/// Figures as "value +- error", "-" where a cell has none.
std::vector<std::vector<std::string>> compare_table(const CompareResult& result);

/// {"cells": [{"contender", "budget", "evaluations", "steps", "plan", "figures", ...}], "references": [...],
/// "spent"}.
nlohmann::json compare_json(const CompareResult& result);

/// One self-contained HTML page: what was compared, a chart of every figure against evaluations with error
/// bars, the table with the best cell of each budget marked (where it leads by two standard errors, the
/// others being no worse than chance), and strips of pictures from the same noise where rows are pictures.
/// `command`: what repeats it.
std::string compare_page(const CompareResult& result, const ModelInfo& info, const std::string& command);

}  // namespace ulam
