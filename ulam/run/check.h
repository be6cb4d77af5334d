#pragma once
// A check: a number that was measured, beside the bound that it must keep.
#include <functional>
#include <string>
#include <vector>

#include "ulam/base/progress.h"

namespace ulam {

/// What a check claims before it is measured.
struct Claim {
  std::string name;   // "normals/avx2": group and subject
  std::string shows;  // one sentence: what holds where it passes
  std::string unit;   // of measured and bound: "numbers", "relative"
  double bound = 0;   // largest value that passes
};

struct Check {
  Claim claim;
  double measured = 0;  // NaN where nothing could be measured
  bool passed = false;  // measured <= bound; never true of NaN
  double seconds = 0;   // by the watch's clock; 0 without one
  std::string note;     // the error's sentence where measuring threw
};

/// Measures claims one after the other. An error while measuring is a check that failed, with the error's
/// sentence as its note; it does not end the list. Not thread-safe.
class Checklist {
 public:
  explicit Checklist(Watch watch = {}) : watch_(std::move(watch)) {}

  /// One claim. Throws Error(cancelled) before measuring where the watch says so, nothing else.
  void add(Claim claim, const std::function<double()>& measure);
  /// Several claims about one measurement, which returns a number for each, in order; its seconds are shared
  /// equally.
  void add(std::vector<Claim> claims, const std::function<std::vector<double>()>& measure);

  const std::vector<Check>& checks() const { return checks_; }
  const Watch& watch() const { return watch_; }

 private:
  Watch watch_;
  std::vector<Check> checks_;
};

/// True where every check passed; false for none at all.
bool all_passed(const std::vector<Check>& checks);

}  // namespace ulam
