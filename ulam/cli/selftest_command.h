#pragma once
// `ulam selftest`: what holds on this machine, as a table or as JSON.
#include <string>
#include <vector>

#include "ulam/run/check.h"

namespace ulam::cli {

struct SelftestTask {
  std::string model;  // as for `ulam draw`; "" = the shipped model fashion where it is found
  bool json = false, quiet = false;
  bool trust = false;  // --trust: a model may be a file that can run code
  int threads = 0;
};

/// A line a check: verdict, name, measured, bound with unit, what it shows; then the reasons of failed
/// checks, and how many passed in how many seconds.
std::string selftest_text(const std::vector<Check>& checks, double seconds);
/// {"version", "passed", "failed", "seconds", "checks": [{"name", "shows", "passed", "measured", "bound",
/// "unit", "seconds", "note"}]}. A number that could not be measured is null.
std::string selftest_json(const std::vector<Check>& checks, double seconds);

/// Checks this build and the model, prints, returns 0 or, where a check failed, 1. Throws what open_model
/// throws.
int run_selftest(const SelftestTask& task);

}  // namespace ulam::cli
