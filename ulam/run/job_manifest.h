#pragma once
// What a job draws and how it is cut, frozen when it starts: the same manifest gives the same bytes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace ulam {

/// Samples first .. first + count - 1: what one rank draws at a time, and one file holds.
struct JobRange {
  std::int64_t shard = 0;  // its number
  std::uint64_t first = 0;
  std::int64_t count = 0;
};

/// A value. `draw` decides the samples, `machines` the rounding of networks; the rest cuts the work, and
/// fixes by that the sizes of batches, which a network's last digits depend on.
struct JobManifest {
  nlohmann::json draw = nlohmann::json::object();
  std::uint64_t first = 0;      // id of the first sample
  std::int64_t count = 0;       // samples
  std::int64_t shard_rows = 0;  // samples a shard; the last may have fewer
  std::int64_t chunk_rows = 0;  // samples that travel together
  int threads = 0;              // threads a rank
  /// Kinds of machine that have taken part, sorted, flat objects of texts (processor class, versions). More
  /// than one means that mixed machines were allowed.
  std::vector<nlohmann::json> machines;

  std::int64_t shards() const { return shard_rows > 0 ? (count + shard_rows - 1) / shard_rows : 0; }
  /// Throws Error(option) for a number that is no shard of the job.
  JobRange range(std::int64_t shard) const;
  bool mixed() const { return machines.size() > 1; }
};

inline constexpr std::int64_t most_job_samples = 1'000'000'000;
inline constexpr std::int64_t most_job_shards = 10'000'000;

/// Hash of everything but the machines: the name of the job, which its ledger and shards carry.
std::uint64_t job_id(const JobManifest& manifest);

/// Canonical JSON (sorted keys, a line break at the end) with a checksum of itself. A pure function of the
/// value.
std::string manifest_text(const JobManifest& manifest);
/// The inverse. Throws Error(file) naming `place` and the field for anything manifest_text cannot have
/// written: unknown or missing fields, sizes out of range, more than 10 million shards, a wrong checksum.
JobManifest parse_manifest(std::string_view text, std::string_view place);

/// One sentence for every value in which they differ, the machines aside: "draw.options.steps is 18, asked
/// for was 20". Empty: one job.
std::vector<std::string> manifest_differences(const JobManifest& there, const JobManifest& asked);
/// The same for two machines.
std::vector<std::string> machine_differences(const nlohmann::json& there, const nlohmann::json& here);

}  // namespace ulam
