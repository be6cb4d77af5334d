#include "ulam/run/job_folder.h"

#include "../errors.h"
#include "job_support.h"

namespace ulam::job_folder_test {
namespace {

namespace fs = std::filesystem;
using namespace job_test;
using testing::expect_error;

TEST(JobFolder, NamesOfShardsComeBack) {
  EXPECT_EQ(JobPaths{"d"}.shard(17), "d/shards/00000017.safetensors");
  EXPECT_EQ(shard_of_name("00000017.safetensors"), 17);
  EXPECT_EQ(shard_of_name("00000017.safetensors.4711-0.tmp"), 17);
  for (const char* other : {"", "17.safetensors", "0000001x.safetensors", "00000017.safetensor",
                            "00000017.npy", "00000017.safetensors.txt", "notes"})
    EXPECT_FALSE(shard_of_name(other)) << other;
}

TEST(JobFolder, TheManifestIsThereBeforeTheFirstShard) {
  const Folder folder;
  EXPECT_FALSE(read_manifest(folder / "job"));
  const JobFolder job(folder / "job", small_manifest(), false);
  EXPECT_EQ(manifest_text(*read_manifest(folder / "job")), manifest_text(small_manifest()));
}

TEST(JobFolder, AnotherConfigurationIsRefusedWithTheDifference) {
  const Folder folder;
  draw_all(folder / "job");
  JobManifest asked = small_manifest();
  asked.draw["options"]["steps"] = 9;
  expect_error(ErrorKind::option, {"another job", "draw.options.steps is 4, asked for was 9"},
               [&] { JobFolder(folder / "job", asked, true); });
  asked = small_manifest(51);
  expect_error(ErrorKind::option, {"count is 50, asked for was 51"},
               [&] { JobFolder(folder / "job", asked, false); });
}

TEST(JobFolder, AnotherMachineIsRefusedOrListed) {
  const Folder folder;
  draw_all(folder / "job");
  JobManifest asked = small_manifest();
  asked.machines[0]["processor"] = "other";
  expect_error(ErrorKind::option, {"processor is \"toy\", here it is \"other\"", "--allow-mixed"},
               [&] { JobFolder(folder / "job", asked, false); });
  EXPECT_FALSE(read_manifest(folder / "job")->mixed());
  EXPECT_TRUE(JobFolder(folder / "job", asked, true).manifest().mixed());
  EXPECT_TRUE(read_manifest(folder / "job")->mixed());
  // Both are of the job now.
  EXPECT_TRUE(JobFolder(folder / "job", asked, false).manifest().mixed());
  EXPECT_TRUE(JobFolder(folder / "job", small_manifest(), false).manifest().mixed());
}

TEST(JobFolder, AFolderOfSomethingElseIsLeftAlone) {
  const Folder folder;
  fs::create_directory(folder / "photos");
  spill(folder / "photos/me.jpg", "x");
  expect_error(ErrorKind::option, {"photos", "me.jpg", "no job"},
               [&] { JobFolder(folder / "photos", small_manifest(), false); });
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "photos"), {}), 1);
  spill(folder / "file", "x");
  expect_error(ErrorKind::system, {"file"}, [&] { JobFolder(folder / "file", small_manifest(), false); });
}

TEST(JobFolder, AManifestThatCannotBeReadBackIsNotWritten) {
  const Folder folder;
  JobManifest bad = small_manifest();
  bad.threads = 0;
  expect_error(ErrorKind::file, {"threads"}, [&] { JobFolder(folder / "job", bad, false); });
  EXPECT_FALSE(fs::exists(folder / "job/manifest.json"));
}

// Without the manifest the same command makes the same one, whose id the ledger's lines carry.
TEST(JobFolder, ALostManifestLosesNoShard) {
  const Folder folder;
  draw_all(folder / "job");
  fs::remove(folder / "job/manifest.json");
  const JobFolder job(folder / "job", small_manifest(), false);
  EXPECT_EQ(job.done_samples(), 50);
}

TEST(JobFolder, LeftoversOfTheDeadAreRemovedAndOfTheLivingKept) {
  const Folder folder;
  draw_all(folder / "job");
  const std::string dead = folder / "job/shards/00000002.safetensors.1-0.tmp";
  const std::string living = folder / "job/shards/00000003.safetensors.1-0.tmp";
  const std::string foreign = folder / "job/shards/notes.tmp";
  for (const std::string& path : {dead, living, foreign, folder / "job/manifest.json.1-0.tmp"})
    spill(path, "x");
  JobLocks other(JobPaths{folder / "job"}.locks());
  ASSERT_TRUE(other.claim(3));
  const JobFolder job(folder / "job", small_manifest(), false);
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(living));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_FALSE(fs::exists(folder / "job/manifest.json.1-0.tmp"));
}

TEST(JobFolder, WhatOneFinishesTheOtherSees) {
  const Folder folder;
  JobFolder a(folder / "job", small_manifest(), false), b(folder / "job", small_manifest(), false);
  ASSERT_TRUE(a.claim(1));
  EXPECT_FALSE(b.claim(1));
  JobEntry entry;
  entry.shard = 1;
  entry.count = 8;
  a.hand_in(entry, io::as_byte_view("bytes"));
  EXPECT_FALSE(b.done(1));
  b.refresh();
  EXPECT_TRUE(b.done(1));
  EXPECT_EQ(b.done_samples(), 8);
  EXPECT_EQ(slurp(folder / "job/shards/00000001.safetensors"), "bytes");
}

// Two ranks on a file system whose locks do not hold across machines draw a shard twice, with the same bytes.
TEST(JobFolder, AShardHandedInTwiceCountsOnce) {
  const Folder folder;
  JobFolder job(folder / "job", small_manifest(), false);
  JobEntry entry;
  entry.shard = 1;
  entry.count = 8;
  job.hand_in(entry, io::as_byte_view("bytes"));
  job.hand_in(entry, io::as_byte_view("bytes"));
  job.refresh();
  EXPECT_EQ(job.done_samples(), 8);
}

}  // namespace
}  // namespace ulam::job_folder_test
