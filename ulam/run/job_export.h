#pragma once
// A finished job as one file, with the bytes that one undisturbed draw would have written.
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ulam/io/array.h"
#include "ulam/run/job_manifest.h"

namespace ulam {

/// The arrays of a finished job, joined along their rows without ever being in memory together.
class JobExport {
 public:
  /// Reads and checks manifest, ledger and the first shard. Throws Error(option) when the job is not
  /// finished, with what is missing; Error(file) for a damaged shard; and as job_status does.
  explicit JobExport(const std::string& folder);

  const JobManifest& manifest() const { return manifest_; }

  /// Writes .npy (the array `samples` alone), .npz or .safetensors, by the ending, atomically. `metadata`
  /// goes into the latter two. The file is a function of the samples and the metadata: no time, no host, no
  /// trace of ranks or stops. Every shard is checked against the ledger whenever it is read (twice an array
  /// for .npz, once otherwise). Memory: a shard. Throws Error(file) for a damaged shard and for shards whose
  /// arrays do not match, Error(option) for another ending, Error(unsupported) for an .npz beyond 4 GiB,
  /// Error(system).
  void write(const std::string& path, const std::map<std::string, std::string>& metadata) const;

 private:
  using Sink = std::function<void(std::span<const std::byte>)>;
  io::ArrayFile shard(std::int64_t number) const;
  /// The bytes of one array, shard by shard.
  void stream(const std::string& name, const Sink& sink) const;

  std::string folder_;
  JobManifest manifest_;
  std::vector<std::vector<std::uint64_t>> hashes_;        // by shard, as the ledger has them
  std::vector<std::pair<std::string, io::Array>> heads_;  // names, dtypes and whole shapes; no bytes
};

}  // namespace ulam
