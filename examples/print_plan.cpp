// Prints what a solver will do before anything runs: times, matrices, noise, cost. Then the same as JSON,
// which `ulam draw --plan` takes back after an edit.
//   example_print_plan [solver] [steps]
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/plan.h"

int main(int argc, char** argv) try {
  const char* solver = argc > 1 ? argv[1] : "heun";
  const int steps = argc > 2 ? std::atoi(argv[2]) : 3;
  const ulam::Head head{.kind = ulam::Prediction::data};
  const ulam::Plan plan = ulam::make_plan(solver, "karras:final=clean", steps, ulam::Path::edm(), head);
  std::fputs(ulam::format_plan(plan).c_str(), stdout);
  std::printf("\nas JSON:\n%s\n", ulam::plan_json(plan).dump().c_str());
  return ulam::plan_hash(ulam::parse_plan(ulam::plan_json(plan).dump())) == ulam::plan_hash(plan) ? 0 : 1;
} catch (const ulam::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
