#pragma once
// `ulam job`: a look at a job's folder, its repair, and its samples as one file.
#include <string>
#include <vector>

namespace ulam::cli {

struct JobCareTask {
  std::string action;  // status, verify, export or repair
  std::string folder;
  std::vector<std::string> outputs;  // of export
  bool json = false, quiet = false;
};

/// Returns 0, or 3 where verify found damage. Throws as the functions of ulam/run/job_care.h and job_export.h
/// do, Error(option) for an unknown action and for outputs where there are none.
int run_job_care(const JobCareTask& task);

}  // namespace ulam::cli
