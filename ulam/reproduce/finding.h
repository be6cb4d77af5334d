#pragma once
// What a paper claims beside what was measured here, at equal ledgers, and a verdict that the numbers decide.
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/base/ledger.h"
#include "ulam/measure/figure.h"

namespace ulam {

enum class Verdict { shown, partly, not_shown };
/// "shown", "partly shown", "not shown".
const char* name_of(Verdict verdict);

struct Finding {
  std::string claim;     // one sentence with its source
  std::string setting;   // where it was measured: problem, grid, samples
  std::string baseline;  // what it is held against: "ddpm, 10 steps", "published: 2.00"
  Figure expected;       // the baseline's figure
  Figure measured;
  std::int64_t baseline_evaluations = 0;  // a sample; 0: a published number or a bound
  std::int64_t evaluations = 0;           // a sample
  Verdict verdict = Verdict::not_shown;
  std::string why;  // in plain words
};

/// Fills verdict and why of "measured is smaller": shown when by more than two standard errors of the
/// difference, partly when smaller but within them.
Finding smaller(Finding finding);
/// "measured equals expected": shown when within `tolerance` and two standard errors of the difference,
/// partly when within twice that.
Finding equal(Finding finding, double tolerance);
/// "measured is at most the bound in expected.value": shown or not.
Finding at_most(Finding finding);

struct Reproduction {
  std::string method;
  std::string paper;
  std::vector<Finding> findings;
  Spent spent;

  /// shown: all are; not_shown: none is (or there is none); partly otherwise.
  Verdict verdict() const;
};

nlohmann::json reproduction_json(const Reproduction& reproduction);
/// Rows of a table with a heading: claim, baseline, expected, measured, evaluations, verdict.
std::vector<std::vector<std::string>> reproduction_table(const Reproduction& reproduction);

}  // namespace ulam
