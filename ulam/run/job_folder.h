#pragma once
// A job's folder: the manifest, the ledger, the locks and the shards, opened to work in it.
#include <optional>
#include <string>
#include <vector>

#include "ulam/run/job_ledger.h"
#include "ulam/run/job_locks.h"
#include "ulam/run/job_manifest.h"
#include "ulam/run/job_share.h"

namespace ulam {

/// Names of the files of a job.
struct JobPaths {
  std::string folder;
  std::string manifest() const { return folder + "/manifest.json"; }
  std::string ledger() const { return folder + "/ledger"; }
  std::string locks() const { return folder + "/locks"; }
  std::string shards() const { return folder + "/shards"; }
  std::string shard(std::int64_t number) const;
};
/// The number of the shard that a file in shards/ belongs to ("00000017.safetensors", also under a temporary
/// name); nothing for another name.
std::optional<std::int64_t> shard_of_name(const std::string& name);

/// The manifest of a folder; nothing when it holds none. Throws Error(file) as parse_manifest does,
/// Error(system).
std::optional<JobManifest> read_manifest(const std::string& folder);

/// Throws Error(option) with the first differences unless both describe one job.
void refuse_other_job(const std::string& place, const JobManifest& there, const JobManifest& asked);
/// Throws Error(option) with what differs between the job's machine and this one.
[[noreturn]] void refuse_machine(const std::string& place, const JobManifest& there,
                                 const nlohmann::json& here);

/// A folder in which this process draws. Several may have one folder open, on one machine or on several that
/// share it; each sees what the others finish.
class JobFolder : public JobShare {
 public:
  /// Starts the job that `asked` describes (asked.machines holds this machine alone), or joins the one that
  /// is there. The manifest is on the disk when this returns. Every shard that the ledger lists is read and
  /// checked against its hash (about a second a gigabyte); those that do not fit count as not drawn.
  /// Temporary files of ranks that are gone are removed. Throws Error(option) when the folder holds another
  /// job, with the first differences; when it holds something else; when this machine is of another kind and
  /// `allow_mixed` is not given (with it, the manifest lists both). Throws Error(system) for a folder that is
  /// being repaired, and as the files do.
  JobFolder(std::string folder, const JobManifest& asked, bool allow_mixed);

  const JobManifest& manifest() const { return manifest_; }
  /// Lists another kind of machine in the manifest. Throws Error(system).
  void add_machine(const nlohmann::json& machine);
  /// Shards that the ledger lists and whose files were missing or damaged when the folder was opened.
  const std::vector<std::int64_t>& damaged() const { return damaged_; }

  bool done(std::int64_t shard) const override { return done_[static_cast<std::size_t>(shard)]; }
  std::int64_t done_samples() const override { return done_samples_; }
  void refresh() override;
  bool claim(std::int64_t shard) override { return locks_.claim(shard); }
  void release(std::int64_t shard) noexcept override { locks_.release(shard); }
  void hand_in(const JobEntry& entry, io::ByteView file) override;

 private:
  JobManifest settle(const JobManifest& asked, bool allow_mixed);
  JobManifest settled(const JobManifest& asked, bool allow_mixed);
  void take(const JobEntry& entry);
  void check_shards(const std::vector<JobEntry>& entries);
  void remove_leftovers();

  JobPaths paths_;
  JobLocks locks_;
  JobManifest manifest_;
  LedgerFile ledger_;
  std::vector<bool> done_;
  std::int64_t done_samples_ = 0;
  std::vector<std::int64_t> damaged_;
};

}  // namespace ulam
