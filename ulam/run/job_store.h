#pragma once
// Ranks without a common folder: rank 0 keeps the folder, the others bring it their shards through a TCP
// store.
#include <memory>
#include <string>

#include "ulam/run/job_folder.h"
#include "ulam/run/job_ranks.h"

namespace ulam {

/// A job shared through libtorch's TCP store (c10d), which rank 0 hosts. Who is first to count a shard up has
/// it. No rank is ever declared lost: a rank that finds nothing free draws what others have taken and not yet
/// brought, which gives the same bytes, and the first to arrive counts. Rank 0 writes what arrives whenever
/// it looks, between its own shards; until then it lies in its memory. Should rank 0 be lost, the others end
/// with an error, and the same commands go on from what its folder holds.
class JobStore : public JobShare {
 public:
  /// Rank 0: listens at `address` ("host:port") and tells the others of the job in `folder`, which outlives
  /// this.
  JobStore(const std::string& address, JobFolder& folder);
  /// The others: waits for rank 0 (libtorch's usual five minutes at most) and joins. Throws Error(option)
  /// when rank 0 has another job, or when this machine is of another kind and `allow_mixed` is not given
  /// (with it, the manifest lists it), Error(system) when rank 0 does not answer.
  JobStore(const std::string& address, const JobManifest& asked, bool allow_mixed);
  ~JobStore() override;

  bool done(std::int64_t shard) const override;
  std::int64_t done_samples() const override;
  void refresh() override;
  bool claim(std::int64_t shard) override;
  void release(std::int64_t) noexcept override {}
  void hand_in(const JobEntry& entry, io::ByteView file) override;
  void nothing_free() override;

  /// The job as rank 0 has it.
  const JobManifest& manifest() const;

 private:
  struct Part;
  std::unique_ptr<Part> part_;
};

}  // namespace ulam
