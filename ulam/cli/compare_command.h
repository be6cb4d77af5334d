#pragma once
// `ulam compare`: solvers and models at equal ledgers.
#include <string>
#include <vector>

#include "ulam/cli/command_line.h"
#include "ulam/model/trust.h"
#include "ulam/run/compare.h"

namespace ulam::cli {

/// evaluations, count, label, seed, grid, path, dtype, batch, threads, no-cache.
const std::vector<Parameter>& compare_parameters();

struct CompareTask {
  Given given;
  std::vector<std::string> models, solvers, plans;
  std::vector<std::string> guides;  // sets of terms that compete, each joined by "+"; "none": no terms
  std::string report;               // .html to write; "" = none
  std::string command;              // what the user typed, for the report
  bool json = false, quiet = false;
  bool trust = false;  // --trust: a model may be a file that can run code
};

/// "4,6,8" or "4-8" as budgets: rising, each once. Throws Error(option).
std::vector<int> parse_budgets(const std::string& text, const std::string& place);
/// Every model with every solver and plan. Without solvers: all of the catalogue. Throws Error(option) for
/// none.
std::vector<Contender> contenders_of(const std::vector<ModelPtr>& models,
                                     const std::vector<std::string>& solvers,
                                     const std::vector<std::string>& plans, const std::string& grid);
/// Every contender with every set of terms (joined by "+"; "none" or "": without), whose text ends its name.
/// Throws Error(option) for unknown terms and models, Error(unsupported) for terms that a model cannot serve.
std::vector<Contender> guided(const std::vector<Contender>& contenders,
                              const std::vector<std::string>& guides, Trust trust = Trust::none);

/// Runs, prints the table (or JSON), writes the report atomically. Returns the exit code; throws what
/// opening, drawing and writing throw, before anything is drawn where it can.
int run_compare(const CompareTask& task);

}  // namespace ulam::cli
