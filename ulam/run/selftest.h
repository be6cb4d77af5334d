#pragma once
// The self-test: what this build keeps on this machine, from the random numbers up to a user's model.
#include <optional>
#include <string>
#include <vector>

#include "ulam/run/selftest_model.h"

namespace ulam {

struct SelftestSubject {
  std::string name;
  ModelPtr model;
};

/// The checks of kernels, exact problems and formats, then those of `subject` where there is one. Returns one
/// entry a check, failed ones included; throws Error(cancelled) only. Seconds come from watch.clock. Takes
/// about two seconds and 400 evaluations of the subject.
std::vector<Check> selftest(const std::optional<SelftestSubject>& subject, const ModelSettings& settings = {},
                            const Watch& watch = {});

}  // namespace ulam
