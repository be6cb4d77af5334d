#include "ulam/guide/schedule.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {

double Schedule::factor(double sigma, int step, int steps) const {
  if (!(sigma > low && sigma <= high)) return 0;
  if (steps > 0) {
    const int first = static_cast<int>(start * steps), end = static_cast<int>(stop * steps);
    if (step < first || step >= end) return 0;
  }
  if (table.empty()) return 1;
  return table[std::min(static_cast<std::size_t>(step), table.size() - 1)];
}

std::string Schedule::text() const {
  std::string out;
  const auto add = [&](const char* name, double value, double standard) {
    if (value != standard) out += fmt::format("{}{}={}", out.empty() ? "" : ",", name, real_text(value));
  };
  add("low", low, 0);
  add("high", high, std::numeric_limits<double>::infinity());
  add("start", start, 0);
  add("stop", stop, 1);
  if (!table.empty()) {
    std::vector<std::string> parts;
    for (const double v : table) parts.push_back(real_text(v));
    out += fmt::format("{}table={}", out.empty() ? "" : ",", fmt::join(parts, "/"));
  }
  return out;
}

std::vector<Parameter> schedule_parameters() {
  return {{"low", OptionType::real, "0", "acts where s/a is above this", 0, 1e9, {}, ""},
          {"high", OptionType::real, "", "and at most this", 0, 1e9, {}, ""},
          {"start", OptionType::real, "0", "acts from this fraction of the steps on", 0, 1, {}, ""},
          {"stop", OptionType::real, "1", "up to this one", 0, 1, {}, ""},
          {"table", OptionType::text, "", "a factor a step, as 1/1/0.5", {}, {}, {}, ""}};
}

Schedule schedule_of(const Options& options, const std::string& place) {
  Schedule s;
  s.low = options.real("low");
  if (options.has("high")) s.high = options.real("high");
  s.start = options.real("start");
  s.stop = options.real("stop");
  if (!(s.low < s.high)) fail(ErrorKind::option, place, "low = {} is not below high = {}", s.low, s.high);
  if (!(s.start < s.stop))
    fail(ErrorKind::option, place, "start = {} is not below stop = {}", s.start, s.stop);
  if (options.has("table"))
    for (const std::string& part : split_escaped(options.text("table"), '/')) {
      const auto value = parse_real(part);
      if (!value)
        fail(ErrorKind::option, place, "table has '{}', valid: numbers with / between, as 1/1/0.5", part);
      s.table.push_back(*value);
    }
  return s;
}

}  // namespace ulam
