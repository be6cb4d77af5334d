#include "ulam/reproduce/finding.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ulam {
namespace {

double spread(const Finding& f) { return std::hypot(f.measured.error, f.expected.error); }

bool finite(const Finding& f) {
  return std::isfinite(f.measured.value) && std::isfinite(f.expected.value) && std::isfinite(spread(f));
}

Finding judged(Finding f, Verdict verdict, std::string why) {
  f.verdict = verdict;
  f.why = std::move(why);
  return f;
}

Finding without_numbers(Finding f) {
  return judged(std::move(f), Verdict::not_shown, "a figure is not finite");
}

std::string evaluations_text(const Finding& f) {
  if (f.baseline_evaluations == 0 || f.baseline_evaluations == f.evaluations)
    return std::to_string(f.evaluations);
  return fmt::format("{} (baseline {})", f.evaluations, f.baseline_evaluations);
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::shown:
      return "shown";
    case Verdict::partly:
      return "partly shown";
    case Verdict::not_shown:
      break;
  }
  return "not shown";
}

Finding smaller(Finding f) {
  if (!finite(f)) return without_numbers(std::move(f));
  const double lead = f.expected.value - f.measured.value, band = 2 * spread(f);
  if (lead > band)
    return judged(
        f, Verdict::shown,
        fmt::format("smaller by {}, two standard errors are {:.2g}", figure_text(lead, spread(f)), band));
  if (lead > 0)
    return judged(f, Verdict::partly,
                  fmt::format("smaller by {:.2g}, within two standard errors ({:.2g})", lead, band));
  return judged(f, Verdict::not_shown, fmt::format("larger by {:.2g}", -lead));
}

Finding equal(Finding f, double tolerance) {
  if (!finite(f)) return without_numbers(std::move(f));
  const double off = std::abs(f.measured.value - f.expected.value), band = tolerance + 2 * spread(f);
  const std::string text = fmt::format("off by {:.2g}, {:.2g} are allowed", off, band);
  if (off <= band) return judged(f, Verdict::shown, text);
  return judged(f, off <= 2 * band ? Verdict::partly : Verdict::not_shown, text);
}

Finding at_most(Finding f) {
  if (!finite(f)) return without_numbers(std::move(f));
  const bool holds = f.measured.value <= f.expected.value;
  return judged(f, holds ? Verdict::shown : Verdict::not_shown,
                fmt::format("{:.2g}, the bound is {:.2g}", f.measured.value, f.expected.value));
}

Verdict Reproduction::verdict() const {
  const auto all = [&](Verdict v) {
    return std::all_of(findings.begin(), findings.end(), [v](const Finding& f) { return f.verdict == v; });
  };
  if (findings.empty() || all(Verdict::not_shown)) return Verdict::not_shown;
  return all(Verdict::shown) ? Verdict::shown : Verdict::partly;
}

nlohmann::json reproduction_json(const Reproduction& r) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Finding& f : r.findings)
    findings.push_back({{"claim", f.claim},
                        {"setting", f.setting},
                        {"baseline", f.baseline},
                        {"expected", figure_json(f.expected)},
                        {"measured", figure_json(f.measured)},
                        {"baseline_evaluations", f.baseline_evaluations},
                        {"evaluations", f.evaluations},
                        {"verdict", name_of(f.verdict)},
                        {"why", f.why}});
  return {{"method", r.method},
          {"paper", r.paper},
          {"verdict", name_of(r.verdict())},
          {"findings", findings},
          {"spent", r.spent.evaluations}};
}

std::vector<std::vector<std::string>> reproduction_table(const Reproduction& r) {
  std::vector<std::vector<std::string>> rows = {
      {"claim", "setting", "baseline", "expected", "measured", "evaluations", "verdict", "why"}};
  for (const Finding& f : r.findings)
    rows.push_back({f.claim, f.setting, f.baseline, figure_text(f.expected.value, f.expected.error),
                    figure_text(f.measured.value, f.measured.error), evaluations_text(f), name_of(f.verdict),
                    f.why});
  return rows;
}

}  // namespace ulam
