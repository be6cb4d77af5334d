#include "ulam/draw/own_times.h"

#include <nlohmann/json.hpp>

#include "ulam/base/catalogue.h"

namespace ulam {

const char* name_of(TimeShift::Mode mode) {
  switch (mode) {
    case TimeShift::Mode::paper:
      return "paper";
    case TimeShift::Mode::target:
      return "target";
    case TimeShift::Mode::evaluate:
      return "evaluate";
  }
  return "";
}

TimeShift::Mode parse_shift_mode(const std::string& name, const std::string& place) {
  for (const TimeShift::Mode mode :
       {TimeShift::Mode::paper, TimeShift::Mode::target, TimeShift::Mode::evaluate})
    if (name == name_of(mode)) return mode;
  fail_unknown(place, name, {"paper", "target", "evaluate"});
}

nlohmann::json own_times_json(const OwnTimes& own) {
  nlohmann::json j = nlohmann::json::object();
  if (own.shift)
    j["timeshift"] = {{"window", own.shift->window},
                      {"cutoff", own.shift->cutoff},
                      {"mode", name_of(own.shift->mode)},
                      {"data_variance", own.shift->data_variance}};
  if (own.adaptive)
    j["adaptive"] = {{"rtol", own.adaptive->rtol},    {"atol", own.adaptive->atol},
                     {"first", own.adaptive->first},  {"p", own.adaptive->proportional},
                     {"i", own.adaptive->integral},   {"d", own.adaptive->derivative},
                     {"safety", own.adaptive->safety}};
  return j;
}

}  // namespace ulam
