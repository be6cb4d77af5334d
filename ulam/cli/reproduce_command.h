#pragma once
// `ulam reproduce`: what a paper claims beside what is measured here.
#include <string>

namespace ulam::cli {

struct ReproduceTask {
  std::string method;  // "" with `all`
  bool all = false, json = false, markdown = false, quiet = false;
  std::string seed = "0";
};

/// "AMD EPYC 7B13, 2 cores, avx512": the machine class that figures depend on; no name of a host.
std::string machine_class();

/// Prints findings with a verdict each. Exit code 0 when all are shown, 1 otherwise. Throws Error(option) for
/// an unknown method or seed.
int run_reproduce(const ReproduceTask& task);

}  // namespace ulam::cli
