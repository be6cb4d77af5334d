#pragma once
// How the ranks of a job share the work: what is finished, who draws what, and where a finished shard goes.
#include "ulam/io/bytes.h"
#include "ulam/run/job_ledger.h"

namespace ulam {

class JobShare {
 public:
  virtual ~JobShare() = default;

  /// Whether a shard is finished, as far as this rank knows.
  virtual bool done(std::int64_t shard) const = 0;
  /// Samples that are finished, as far as this rank knows.
  virtual std::int64_t done_samples() const = 0;
  /// Learns what other ranks finished. Throws Error(system).
  virtual void refresh() = 0;
  /// Takes a shard that is not done; false when another rank has it. A claim ends with release() or with its
  /// rank.
  virtual bool claim(std::int64_t shard) = 0;
  virtual void release(std::int64_t shard) noexcept = 0;
  /// Told when a whole round found nothing to take, although the job is not finished.
  virtual void nothing_free() {}
  /// Gives a finished shard away. When this returns in the folder, file and line are on the disk. Throws
  /// Error(system).
  virtual void hand_in(const JobEntry& entry, io::ByteView file) = 0;
};

}  // namespace ulam
