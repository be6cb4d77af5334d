#pragma once
// `ulam compare`: solvers and models at equal ledgers.
#include <string>
#include <vector>

#include "ulam/cli/command_line.h"
#include "ulam/run/compare.h"

namespace ulam::cli {

/// evaluations, count, label, seed, grid, path, dtype, batch, threads, no-cache.
const std::vector<Parameter>& compare_parameters();

struct CompareTask {
  Given given;
  std::vector<std::string> models, solvers, plans;
  std::string report;   // .html to write; "" = none
  std::string command;  // what the user typed, for the report
  bool json = false, quiet = false;
};

/// "4,6,8" or "4-8" as budgets: rising, each once. Throws Error(option).
std::vector<int> parse_budgets(const std::string& text, const std::string& place);
/// Every model with every solver and plan. Without solvers: all of the catalogue. Throws Error(option) for
/// none.
std::vector<Contender> contenders_of(const std::vector<ModelPtr>& models,
                                     const std::vector<std::string>& solvers,
                                     const std::vector<std::string>& plans, const std::string& grid);

/// Runs, prints the table (or JSON), writes the report atomically. Returns the exit code; throws what
/// opening, drawing and writing throw, before anything is drawn where it can.
int run_compare(const CompareTask& task);

}  // namespace ulam::cli
