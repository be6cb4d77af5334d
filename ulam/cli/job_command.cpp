#include "ulam/cli/job_command.h"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/id_list.h"
#include "ulam/cli/progress_view.h"
#include "ulam/io/json.h"
#include "ulam/run/job_care.h"
#include "ulam/run/job_export.h"

namespace ulam::cli {
namespace {

nlohmann::json status_json(const JobStatus& s) {
  return {{"count", s.manifest.count},
          {"samples", s.samples},
          {"shards", s.manifest.shards()},
          {"shards_done", s.shards},
          {"in_work", s.in_work},
          {"evaluations", s.evaluations},
          {"seconds", s.seconds},
          {"finished", s.finished()},
          {"threads", s.manifest.threads},
          {"chunk_rows", s.manifest.chunk_rows},
          {"shard_rows", s.manifest.shard_rows},
          {"machines", s.manifest.machines},
          {"draw", s.manifest.draw}};
}

std::string status_text(const JobStatus& s) {
  const JobManifest& m = s.manifest;
  std::string out = fmt::format("{} of {} samples in {} of {} shards, {} in work now, {} evaluations\n",
                                s.samples, m.count, s.shards, m.shards(), s.in_work, s.evaluations);
  if (s.samples > 0 && !s.finished()) {
    const double each = s.seconds / static_cast<double>(s.samples);
    out += fmt::format("{} of a rank's time so far, about {} more\n", duration_text(s.seconds),
                       duration_text(each * static_cast<double>(m.count - s.samples)));
  }
  if (m.mixed()) out += fmt::format("mixed: {} kinds of machine have taken part\n", m.machines.size());
  return out;
}

int say(const JobCareTask& task, const nlohmann::json& j, const std::string& text, int code = exit_ok) {
  if (task.json)
    fmt::print("{}\n", j.dump(2));
  else if (!task.quiet)
    fmt::print("{}", text);
  return code;
}

std::string lines(const std::vector<std::string>& sentences) {
  std::string out;
  for (const std::string& sentence : sentences) out += sentence + "\n";
  return out;
}

int verify(const JobCareTask& task) {
  const JobCheck check = verify_job(task.folder);
  nlohmann::json j = status_json(check.status);
  j["sound"] = check.sound();
  j["damaged"] = check.damaged;
  j["clutter"] = check.clutter;
  const std::string verdict =
      check.sound() ? fmt::format("sound: {} shards fit their hashes\n", check.whole.size())
                    : fmt::format(
                          "{} shards are damaged; ulam job repair {} removes them, and the command "
                          "that started the job draws them again\n",
                          check.damaged.size(), task.folder);
  return say(task, j, status_text(check.status) + lines(check.damaged) + lines(check.clutter) + verdict,
             check.sound() ? exit_ok : exit_file);
}

int repair(const JobCareTask& task) {
  const JobRepair done = repair_job(task.folder);
  const std::string verdict =
      done.done.empty() ? "nothing to repair\n" : "the command that started the job draws what is missing\n";
  return say(task, {{"done", done.done}}, lines(done.done) + verdict);
}

/// What a plain draw of the same samples records.
nlohmann::json record_of(const JobManifest& m) {
  nlohmann::json record = m.draw;
  std::vector<std::uint64_t> ends{m.first};
  const std::uint64_t last = m.first + static_cast<std::uint64_t>(m.count) - 1;
  record["options"]["ids"] = m.count == 1 ? ids_text(ends) : fmt::format("{}-{}", m.first, last);
  if (m.mixed()) record["mixed"] = true;
  return record;
}

int export_samples(const JobCareTask& task) {
  if (task.outputs.empty())
    fail(ErrorKind::option, "job export", "no file given: -o FILE with .npy, .npz or .safetensors");
  const JobExport job(task.folder);
  const nlohmann::json record = record_of(job.manifest());
  for (const std::string& path : task.outputs) {
    job.write(path, {{"ulam", record.dump()}});
    if (std::filesystem::path(path).extension() == ".npy") io::write_json(path + ".json", record);
  }
  std::string text = fmt::format("{} samples\n", job.manifest().count);
  for (const std::string& path : task.outputs) text += fmt::format("wrote {}\n", path);
  return say(task, {{"count", job.manifest().count}, {"files", task.outputs}}, text);
}

}  // namespace

int run_job_care(const JobCareTask& task) {
  constexpr const char* valid = "status, verify, export, repair";
  if (task.action.empty()) fail(ErrorKind::option, "job", "nothing to do given, valid: {}", valid);
  if (task.folder.empty()) fail(ErrorKind::option, "job", "no folder given: ulam job {} DIR", task.action);
  if (task.action != "export" && !task.outputs.empty())
    fail(ErrorKind::option, "job", "--output goes with export, not with {}", task.action);
  if (task.action == "status") {
    const JobStatus status = job_status(task.folder);
    return say(task, status_json(status), status_text(status));
  }
  if (task.action == "verify") return verify(task);
  if (task.action == "repair") return repair(task);
  if (task.action == "export") return export_samples(task);
  fail(ErrorKind::option, "job", "unknown action \"{}\", valid: {}", task.action, valid);
}

}  // namespace ulam::cli
