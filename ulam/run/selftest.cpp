#include "ulam/run/selftest.h"

#include "ulam/run/selftest_io.h"
#include "ulam/run/selftest_kernels.h"

namespace ulam {

std::vector<Check> selftest(const std::optional<SelftestSubject>& subject, const ModelSettings& settings,
                            const Watch& watch) {
  Checklist list(watch);
  check_kernels(list);
  check_problems(list, settings.set_threads);
  check_io(list);
  if (subject) check_model(list, subject->name, subject->model, settings);
  return list.checks();
}

}  // namespace ulam
