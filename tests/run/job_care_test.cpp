#include "ulam/run/job_care.h"

#include "../errors.h"
#include "job_support.h"

namespace ulam::job_care_test {
namespace {

namespace fs = std::filesystem;
using namespace job_test;
using testing::expect_error;

void draw_some(const std::string& folder, std::int64_t shards) {
  CancelToken cancel;
  Watch watch;
  watch.cancel = &cancel;
  draw_all(
      folder, small_manifest(),
      [&](const JobRange& range) {
        if (range.shard + 1 == shards) cancel.cancel();
        return toy_work(range);
      },
      watch);
}

void flip(const std::string& path) {
  std::string bytes = slurp(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  spill(path, bytes);
}

TEST(JobCare, StatusCountsWhatTheLedgerLists) {
  const Folder folder;
  draw_some(folder / "job", 3);
  JobLocks rank(JobPaths{folder / "job"}.locks());
  ASSERT_TRUE(rank.claim(5));
  const JobStatus status = job_status(folder / "job");
  EXPECT_EQ(status.shards, 3);
  EXPECT_EQ(status.samples, 24);
  EXPECT_EQ(status.evaluations, 96);
  EXPECT_EQ(status.in_work, 1);
  EXPECT_FALSE(status.finished());
}

TEST(JobCare, AFolderWithoutAJobIsASentence) {
  const Folder folder;
  for (const auto& look : std::vector<std::function<void(const std::string&)>>{
           [](const std::string& f) { job_status(f); }, [](const std::string& f) { verify_job(f); },
           [](const std::string& f) { repair_job(f); }}) {
    expect_error(ErrorKind::option, {"holds no job"}, [&] { look(folder / "none"); });
    EXPECT_FALSE(fs::exists(folder / "none"));
  }
}

TEST(JobCare, VerifyFindsEveryFaultAndWritesNothing) {
  const Folder folder;
  draw_all(folder / "job");
  EXPECT_TRUE(verify_job(folder / "job").sound());
  flip(folder / "job/shards/00000001.safetensors");
  fs::resize_file(folder / "job/shards/00000002.safetensors", 10);
  fs::remove(folder / "job/shards/00000003.safetensors");
  const JobCheck check = verify_job(folder / "job");
  ASSERT_EQ(check.damaged.size(), 3U);
  EXPECT_NE(check.damaged[0].find("00000001"), std::string::npos);
  EXPECT_NE(check.damaged[2].find("missing"), std::string::npos);
  EXPECT_EQ(check.whole.size(), 4U);
  EXPECT_EQ(verify_job(folder / "job").damaged, check.damaged);
}

// What a kill leaves (a shard without its line, half a line, a temporary file) is work to do, not damage.
TEST(JobCare, WhatAKillLeavesIsNoDamage) {
  const Folder folder;
  draw_all(folder / "job");
  fs::resize_file(folder / "job/ledger", fs::file_size(folder / "job/ledger") - 20);
  spill(folder / "job/shards/00000006.safetensors.9-0.tmp", "x");
  const JobCheck check = verify_job(folder / "job");
  EXPECT_TRUE(check.sound());
  EXPECT_EQ(check.clutter.size(), 3U);
}

TEST(JobCare, RepairLeavesASoundFolderThatTheSameCommandFinishes) {
  const Folder folder;
  draw_all(folder / "job");
  flip(folder / "job/shards/00000001.safetensors");
  spill(folder / "job/ledger", "rubbish\n" + slurp(folder / "job/ledger") + "half");
  spill(folder / "job/shards/00000002.safetensors.9-0.tmp", "x");
  spill(folder / "job/shards/notes.txt", "mine");
  const JobRepair repair = repair_job(folder / "job");
  EXPECT_EQ(repair.done.size(), 3U);
  EXPECT_EQ(slurp(folder / "job/shards/notes.txt"), "mine");
  EXPECT_FALSE(fs::exists(folder / "job/shards/00000001.safetensors"));
  EXPECT_TRUE(repair_job(folder / "job").done.empty());
  EXPECT_EQ(draw_all(folder / "job").shards, 1);
  EXPECT_TRUE(verify_job(folder / "job").sound());
  EXPECT_TRUE(exported(folder / "job", folder) == undisturbed());
}

TEST(JobCare, RepairWaitsForNobodyAndTouchesNothingBesideARank) {
  const Folder folder;
  draw_all(folder / "job");
  flip(folder / "job/shards/00000001.safetensors");
  const JobFolder rank(folder / "job", small_manifest(), false);
  expect_error(ErrorKind::system, {"rank is at work"}, [&] { repair_job(folder / "job"); });
  EXPECT_TRUE(fs::exists(folder / "job/shards/00000001.safetensors"));
}

TEST(JobCare, ADamagedManifestIsNamed) {
  const Folder folder;
  draw_all(folder / "job");
  const std::string text = slurp(folder / "job/manifest.json");
  std::string bad = text;
  bad[bad.find("\"count\": 50") + 9] = '4';
  spill(folder / "job/manifest.json", bad);
  expect_error(ErrorKind::file, {"manifest.json", "checksum"}, [&] { job_status(folder / "job"); });
}

}  // namespace
}  // namespace ulam::job_care_test
