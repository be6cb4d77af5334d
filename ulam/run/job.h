#pragma once
// Draws a job shard by shard, so that whatever stops it costs no more than the shard in hand.
#include <functional>

#include "ulam/base/progress.h"
#include "ulam/io/array.h"
#include "ulam/run/job_manifest.h"
#include "ulam/run/job_ranks.h"
#include "ulam/run/job_share.h"

namespace ulam {

/// What a shard holds: arrays with a row a sample, and what they cost.
struct JobWork {
  io::ArrayFile arrays;
  std::int64_t evaluations = 0;
};
/// Draws samples range.first .. range.first + range.count - 1. Must be a pure function of the manifest and
/// the range: everything that is promised about jobs hangs on that.
using DrawShard = std::function<JobWork(const JobRange&)>;

struct JobReport {
  std::int64_t shards = 0, samples = 0, evaluations = 0;  // drawn by this rank, now
  bool finished = false;                                  // the whole job, by all ranks
  double seconds = 0;                                     // of this call; 0 without a clock
  double keeping_seconds = 0;                             // of these: claiming, hashing, writing, syncing
};

/// Draws until the whole job is finished, or until watch.cancel is set, which ends it after the shard in
/// hand. A rank that finds nothing free waits for those that others hold, and takes over what a lost rank
/// leaves. No clock has a say in what happens. A failure (a full disk, NaN) is thrown with what is finished
/// kept. Memory: a shard twice. Throws what `draw` and the share throw.
JobReport run_job(JobShare& share, const JobManifest& manifest, const JobRank& rank, const DrawShard& draw,
                  const Watch& watch);

}  // namespace ulam
