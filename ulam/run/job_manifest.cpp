#include "ulam/run/job_manifest.h"

#include <algorithm>
#include <limits>

#include "ulam/base/error.h"
#include "ulam/io/digest.h"
#include "ulam/io/json.h"

namespace ulam {
namespace {

using nlohmann::json;

constexpr const char* format_name = "ulam-job-1";
constexpr const char* job_manifest_place = "job";

/// Everything but the machines.
json core_of(const JobManifest& m) {
  return {{"format", format_name},      {"draw", m.draw},
          {"first", m.first},           {"count", m.count},
          {"shard_rows", m.shard_rows}, {"chunk_rows", m.chunk_rows},
          {"threads", m.threads}};
}

std::string checksum(const json& j) { return io::digest_text(hash_bytes(j.dump())); }

std::int64_t bounded(const json& j, const char* key, std::string_view where, std::int64_t least,
                     std::int64_t most) {
  const std::int64_t value = io::get_integer(j, key, where);
  if (value < least || value > most)
    fail(ErrorKind::file, where, "field '{}' is {}, valid: {} to {}", key, value, least, most);
  return value;
}

std::string value_text(const json& flat, const std::string& key) {
  return flat.contains(key) ? flat[key].dump() : "not there";
}

/// One sentence for every leaf in which two documents differ.
std::vector<std::string> differences(const json& there, const json& asked, const char* other) {
  const json a = there.flatten(), b = asked.flatten();
  std::vector<std::string> keys;
  for (const auto& [key, value] : a.items()) keys.push_back(key);
  for (const auto& [key, value] : b.items())
    if (!a.contains(key)) keys.push_back(key);
  std::vector<std::string> out;
  for (const std::string& key : keys) {
    if (a.contains(key) && b.contains(key) && a[key] == b[key]) continue;
    std::string name = key.substr(std::min<std::size_t>(1, key.size()));
    std::replace(name.begin(), name.end(), '/', '.');
    out.push_back(fmt::format("{} is {}, {} {}", name, value_text(a, key), other, value_text(b, key)));
  }
  return out;
}

}  // namespace

JobRange JobManifest::range(std::int64_t shard) const {
  if (shard < 0 || shard >= shards())
    fail(ErrorKind::option, job_manifest_place, "shard {} is not there, the job has {}", shard, shards());
  const std::int64_t begin = shard * shard_rows;
  return {shard, first + static_cast<std::uint64_t>(begin), std::min(shard_rows, count - begin)};
}

std::uint64_t job_id(const JobManifest& manifest) { return hash_bytes(core_of(manifest).dump()); }

std::string manifest_text(const JobManifest& manifest) {
  json j = core_of(manifest);
  j["machines"] = manifest.machines;
  j["checksum"] = checksum(j);
  return j.dump(2) + "\n";
}

JobManifest parse_manifest(std::string_view text, std::string_view where) {
  json j = io::parse_json(text, where);
  io::only_keys(
      j, {"format", "draw", "first", "count", "shard_rows", "chunk_rows", "threads", "machines", "checksum"},
      where);
  if (io::get_text(j, "format", where) != format_name)
    fail(ErrorKind::file, where, "field 'format' is not {}, which this version reads", format_name);
  JobManifest m;
  m.draw = io::get_object(j, "draw", where);
  m.first = static_cast<std::uint64_t>(
      bounded(j, "first", where, 0, std::numeric_limits<std::int64_t>::max() - most_job_samples));
  m.count = bounded(j, "count", where, 1, most_job_samples);
  m.shard_rows = bounded(j, "shard_rows", where, 1, most_job_samples);
  m.chunk_rows = bounded(j, "chunk_rows", where, 1, most_job_samples);
  m.threads = static_cast<int>(bounded(j, "threads", where, 1, 1 << 20));
  if (m.shards() > most_job_shards)
    fail(ErrorKind::file, where, "{} shards pass the {} allowed", m.shards(), most_job_shards);
  for (const json& machine : io::get_list(j, "machines", where)) {
    if (!machine.is_object()) fail(ErrorKind::file, where, "field 'machines' holds what is no object");
    for (const auto& [key, value] : machine.items())
      if (!value.is_string())
        fail(ErrorKind::file, where, "field 'machines' holds a {} that is no text", value.type_name());
    m.machines.push_back(machine);
  }
  if (m.machines.empty() || !std::is_sorted(m.machines.begin(), m.machines.end()) ||
      std::adjacent_find(m.machines.begin(), m.machines.end()) != m.machines.end())
    fail(ErrorKind::file, where, "field 'machines' must be a sorted list of one machine or more");
  const std::string claimed = io::get_text(j, "checksum", where);
  j.erase("checksum");
  if (claimed != checksum(j))
    fail(ErrorKind::file, where, "the checksum is {}, field 'checksum' says otherwise; the file has changed",
         checksum(j));
  return m;
}

std::vector<std::string> manifest_differences(const JobManifest& there, const JobManifest& asked) {
  return differences(core_of(there), core_of(asked), "asked for was");
}

std::vector<std::string> machine_differences(const json& there, const json& here) {
  return differences(there, here, "here it is");
}

}  // namespace ulam
