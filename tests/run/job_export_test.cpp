#include "ulam/run/job_export.h"

#include "../errors.h"
#include "job_support.h"

#include "ulam/io/npy.h"
#include "ulam/io/npz.h"
#include "ulam/io/safetensors.h"

namespace ulam::job_export_test {
namespace {

using namespace job_test;
using testing::expect_error;

/// What one draw of all samples holds.
io::ArrayFile whole(const JobManifest& m) {
  io::ArrayFile file = toy_work({0, m.first, m.count}).arrays;
  file.metadata = {{"ulam", "{\"a\": 1}"}};
  return file;
}

// Byte for byte what the writers of whole files write.
TEST(JobExport, IsTheFileOfOneUndisturbedDraw) {
  for (const std::int64_t rows : {1, 8, 50, 64}) {
    const JobManifest m = small_manifest(50, rows);
    const Folder folder;
    draw_all(folder / "job", m);
    const JobExport job(folder / "job");
    const io::ArrayFile all = whole(m);
    job.write(folder / "a.safetensors", all.metadata);
    io::write_safetensors(folder / "b.safetensors", all);
    EXPECT_TRUE(slurp(folder / "a.safetensors") == slurp(folder / "b.safetensors")) << rows;
    job.write(folder / "a.npz", all.metadata);
    io::write_npz(folder / "b.npz", all);
    EXPECT_TRUE(slurp(folder / "a.npz") == slurp(folder / "b.npz")) << rows;
    job.write(folder / "a.npy", {});
    io::write_npy(folder / "b.npy", *all.find("samples"));
    EXPECT_TRUE(slurp(folder / "a.npy") == slurp(folder / "b.npy")) << rows;
  }
}

TEST(JobExport, AnUnfinishedJobIsRefusedWithWhatIsMissing) {
  const Folder folder;
  JobFolder(folder / "job", small_manifest(), false);
  expect_error(ErrorKind::option, {"0 of 50"}, [&] { JobExport(folder / "job"); });
}

TEST(JobExport, ADamagedShardIsRefusedAndNoFileIsLeft) {
  const Folder folder;
  draw_all(folder / "job");
  const std::string path = folder / "job/shards/00000003.safetensors";
  std::string bytes = slurp(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  spill(path, bytes);
  for (const char* name : {"x.npy", "x.npz", "x.safetensors"}) {
    expect_error(ErrorKind::file, {"00000003", "repair"},
                 [&] { JobExport(folder / "job").write(folder / name, {}); });
    EXPECT_FALSE(fs::exists(folder / name));
  }
}

TEST(JobExport, AnotherEndingIsRefused) {
  const Folder folder;
  draw_all(folder / "job");
  expect_error(ErrorKind::option, {"x.png", ".npz"},
               [&] { JobExport(folder / "job").write(folder / "x.png", {}); });
}

TEST(JobExport, ShardsThatDoNotMatchAreRefused) {
  const Folder folder;
  draw_all(folder / "job", small_manifest(), [](const JobRange& range) {
    JobWork work = toy_work(range);
    if (range.shard == 2) work.arrays.arrays.back().first = "other";
    return work;
  });
  expect_error(ErrorKind::file, {"00000002", "'ids'"},
               [&] { JobExport(folder / "job").write(folder / "x.npz", {}); });
  const Folder second;
  draw_all(second / "job", small_manifest(), [](const JobRange& range) {
    return toy_work({range.shard, range.first, range.shard == 2 ? 3 : range.count});
  });
  expect_error(ErrorKind::file, {"00000002", "8 rows"},
               [&] { JobExport(second / "job").write(second / "x.npz", {}); });
}

}  // namespace
}  // namespace ulam::job_export_test
