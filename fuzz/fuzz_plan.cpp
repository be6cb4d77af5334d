// Feeds bytes to the reader of plans: it must accept or throw ulam::Error. An accepted plan has the same hash after a
// round trip, a cost that is not negative, and can be printed.
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/plan.h"
#include "ulam/io/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam;
  Plan plan;
  try {
    plan = parse_plan(std::string(io::as_text(std::as_bytes(std::span(data, size)))), "fuzz");
  } catch (const Error&) {
    return 0;
  }
  if (plan_hash(plan_from_json(plan_json(plan), "again")) != plan_hash(plan)) std::abort();
  if (evaluations(plan) < 0) std::abort();
  if (format_plan(plan).empty()) std::abort();
  return 0;
}
