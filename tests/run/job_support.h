#pragma once
// A small job whose samples are a pure function of their ids, and folders to draw it in.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

#include "ulam/run/job.h"
#include "ulam/run/job_export.h"
#include "ulam/run/job_folder.h"

namespace ulam::job_test {

namespace fs = std::filesystem;

/// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "ulam-job-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline JobManifest small_manifest(std::int64_t count = 50, std::int64_t rows = 8) {
  JobManifest m;
  m.draw = {{"options", {{"model", "toy"}, {"steps", 4}}}, {"plan_hash", "0011223344556677"}};
  m.first = 7;
  m.count = count;
  m.shard_rows = rows;
  m.chunk_rows = 4;
  m.threads = 1;
  m.machines = {{{"processor", "toy"}, {"torch", "1"}}};
  return m;
}

/// samples [n, 3] float and ids, from the ids alone.
inline JobWork toy_work(const JobRange& range) {
  std::vector<float> samples;
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < range.count; ++i) {
    ids.push_back(static_cast<std::int64_t>(range.first) + i);
    for (int e = 0; e < 3; ++e)
      samples.push_back(static_cast<float>(ids.back()) * .5F + static_cast<float>(e));
  }
  JobWork work;
  work.arrays.arrays.emplace_back("samples", io::make_array<float>({range.count, 3}, samples));
  work.arrays.arrays.emplace_back("ids", io::make_array<std::int64_t>({range.count}, ids));
  work.evaluations = 4 * range.count;
  return work;
}

/// Opens, draws to the end and reports.
inline JobReport draw_all(const std::string& folder, const JobManifest& manifest = small_manifest(),
                          const DrawShard& draw = toy_work, const Watch& watch = {}) {
  JobFolder share(folder, manifest, false);
  return run_job(share, share.manifest(), {}, draw, watch);
}

/// The bytes of the job as one .safetensors file.
inline std::string exported(const std::string& folder, const Folder& scratch) {
  const std::string path = scratch / "exported.safetensors";
  JobExport(folder).write(path, {{"ulam", "{}"}});
  return slurp(path);
}

/// What a job that nothing disturbed exports.
inline std::string undisturbed(const JobManifest& manifest = small_manifest()) {
  const Folder scratch;
  draw_all(scratch / "job", manifest);
  return exported(scratch / "job", scratch);
}

}  // namespace ulam::job_test
