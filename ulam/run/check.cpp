#include "ulam/run/check.h"

#include <algorithm>
#include <limits>

#include "ulam/base/error.h"

namespace ulam {

void Checklist::add(Claim claim, const std::function<double()>& measure) {
  add(std::vector<Claim>{std::move(claim)}, [&] { return std::vector<double>{measure()}; });
}

void Checklist::add(std::vector<Claim> claims, const std::function<std::vector<double>()>& measure) {
  if (watch_.cancelled()) fail(ErrorKind::cancelled, "selftest", "cancelled after {} checks", checks_.size());
  const double begun = watch_.now();
  std::vector<double> measured;
  std::string note;
  try {
    measured = measure();
  } catch (const std::exception& e) {
    note = e.what();
    note.resize(std::min(note.size(), note.find('\n')));
  }
  const double each = (watch_.now() - begun) / static_cast<double>(std::max<std::size_t>(1, claims.size()));
  for (std::size_t i = 0; i < claims.size(); ++i) {
    Check check;
    check.claim = std::move(claims[i]);
    check.measured = i < measured.size() ? measured[i] : std::numeric_limits<double>::quiet_NaN();
    check.passed = check.measured <= check.claim.bound;
    check.seconds = each;
    check.note = note;
    checks_.push_back(std::move(check));
  }
  watch_.report({"checking", static_cast<std::int64_t>(checks_.size()), 0, "checks", ""});
}

bool all_passed(const std::vector<Check>& checks) {
  return !checks.empty() &&
         std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.passed; });
}

}  // namespace ulam
