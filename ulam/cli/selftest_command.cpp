#include "ulam/cli/selftest_command.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/version.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/table.h"
#include "ulam/cli/threads.h"
#include "ulam/run/selftest.h"

namespace ulam::cli {
namespace {

constexpr const char* standard_model = "fashion";

long failed(const std::vector<Check>& checks) {
  return std::count_if(checks.begin(), checks.end(), [](const Check& c) { return !c.passed; });
}

std::string measured_text(const Check& check) {
  return std::isnan(check.measured) ? "none" : fmt::format("{:.3g}", check.measured);
}

std::optional<SelftestSubject> subject_of(const std::string& name, Trust trust) {
  const std::vector<std::string> folders = model_folders();
  if (!name.empty()) {
    const Source source = open_model(name, {"", "", trust}, folders);
    return SelftestSubject{source.model->info().name, source.model};
  }
  for (const Shipped& s : shipped_models(folders))
    if (s.name == standard_model) return SelftestSubject{s.name, open_model(s.name, {}, folders).model};
  return {};
}

}  // namespace

std::string selftest_text(const std::vector<Check>& checks, double seconds) {
  Rows rows = {{"", "check", "measured", "bound", "", "what it shows"}};
  std::string notes;
  for (const Check& c : checks) {
    rows.push_back({c.passed ? "pass" : "FAIL", c.claim.name, measured_text(c),
                    fmt::format("{:.3g}", c.claim.bound), c.claim.unit, c.claim.shows});
    if (!c.note.empty()) notes += fmt::format("{}: {}\n", c.claim.name, c.note);
  }
  const long bad = failed(checks);
  return plain_table(rows) + notes +
         (bad == 0 ? fmt::format("all {} checks passed in {:.1f} s\n", checks.size(), seconds)
                   : fmt::format("{} of {} checks FAILED ({:.1f} s)\n", bad, checks.size(), seconds));
}

std::string selftest_json(const std::vector<Check>& checks, double seconds) {
  nlohmann::json list = nlohmann::json::array();
  for (const Check& c : checks) {
    const nlohmann::json measured = std::isfinite(c.measured) ? nlohmann::json(c.measured) : nlohmann::json();
    list.push_back({{"name", c.claim.name},
                    {"shows", c.claim.shows},
                    {"passed", c.passed},
                    {"measured", measured},
                    {"bound", c.claim.bound},
                    {"unit", c.claim.unit},
                    {"seconds", c.seconds},
                    {"note", c.note}});
  }
  const nlohmann::json summary = {{"version", version},
                                  {"passed", all_passed(checks)},
                                  {"failed", failed(checks)},
                                  {"seconds", seconds},
                                  {"checks", list}};
  return summary.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int run_selftest(const SelftestTask& task) {
  use_threads(task.threads);
  const double started = monotonic_seconds();
  const auto subject = subject_of(task.model, trust_of(task.trust));
  ModelSettings settings;
  settings.set_threads = use_threads;
  CancelToken cancel;
  const Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  Watch watch;
  watch.progress = [&view](const Progress& p) { view.show(p); };
  watch.cancel = &cancel;
  watch.clock = monotonic_seconds;
  const std::vector<Check> checks = selftest(subject, settings, watch);
  view.finish();
  const double seconds = monotonic_seconds() - started;
  if (task.json)
    fmt::print("{}", selftest_json(checks, seconds));
  else
    fmt::print("{}", selftest_text(checks, seconds));
  return all_passed(checks) ? exit_ok : exit_other;
}

}  // namespace ulam::cli
