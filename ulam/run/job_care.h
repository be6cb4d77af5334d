#pragma once
// A look at a job's folder from outside: how far it is, whether it is sound, and putting it in order.
#include <string>
#include <vector>

#include "ulam/run/job_manifest.h"

namespace ulam {

struct JobStatus {
  JobManifest manifest;
  std::int64_t shards = 0, samples = 0;  // that the ledger lists
  std::int64_t evaluations = 0;          // spent on them, and on what had to be drawn again
  double seconds = 0;                    // likewise, all ranks together
  std::int64_t in_work = 0;              // shards that a rank holds at this moment
  bool finished() const { return samples == manifest.count; }
};
/// Reads manifest and ledger, no shard. Writes nothing; works beside running ranks. Throws Error(option) for
/// a folder without a job, Error(file) for a damaged manifest, Error(system).
JobStatus job_status(const std::string& folder);

struct JobCheck {
  JobStatus status;
  std::vector<std::int64_t> whole;   // shards that are listed and fit their hash
  std::vector<std::string> damaged;  // a sentence for each that is listed and does not
  std::vector<std::string> clutter;  // a sentence for what a stopped rank left and nobody needs
  bool sound() const { return damaged.empty(); }
};
/// Reads every shard (about a second a gigabyte). Writes nothing. A shard that is not listed is not damage
/// but work to be done. Throws as job_status does.
JobCheck verify_job(const std::string& folder);

struct JobRepair {
  JobCheck before;
  std::vector<std::string> done;  // a sentence for everything that was changed
};
/// Removes damaged and unlisted shards and temporary files, and writes the ledger anew without lines that
/// cannot be read. Draws nothing: the command that started the job does that. Throws as job_status does, and
/// Error(system) while a rank works in the folder.
JobRepair repair_job(const std::string& folder);

}  // namespace ulam
