#include "ulam/draw/own_times.h"

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/adaptive.h"
#include "ulam/draw/plan.h"
#include "ulam/draw/time_shift.h"

namespace ulam {

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

std::shared_ptr<const RowTimes> row_times(const Plan& plan) {
  if (!plan.own.any()) return nullptr;
  if (!plan.recipe)
    fail(ErrorKind::unsupported, "plan", "rows with times of their own need the recipe, which is not there");
  if (plan.own.shift) return std::make_shared<TimeShiftRows>(plan);
  return std::make_shared<AdaptiveRows>(plan);
}

}  // namespace ulam
