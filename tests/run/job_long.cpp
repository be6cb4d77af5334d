// Jobs whose processes are killed at random moments, and whose disk fills.
#include "../errors.h"
#include "job_support.h"
#include <csignal>
#include <sys/mount.h>
#include <sys/wait.h>
#include <thread>

#include "ulam/base/key.h"
#include "ulam/run/job_care.h"

namespace ulam::job_long {
namespace {

using namespace job_test;

constexpr std::int64_t samples = 640;

double uniform(int round, int use) {
  return random_uniform({make_key(21, Stream::test), static_cast<std::uint64_t>(round), 0},
                        static_cast<std::uint64_t>(use));
}

/// A process that draws the job, about a millisecond a shard.
pid_t start_rank(const std::string& folder, int rank, int world) {
  const pid_t child = fork();
  if (child != 0) return child;
  int code = 1;
  try {
    JobFolder share(folder, small_manifest(samples, 8), false);
    const auto slow = [](const JobRange& range) {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
      return toy_work(range);
    };
    code = run_job(share, share.manifest(), {rank, world}, slow, {}).finished ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  _exit(code);
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// The time that an undisturbed job of so many ranks takes here.
double usual_seconds(int world) {
  const Folder folder;
  const auto begun = std::chrono::steady_clock::now();
  std::vector<pid_t> ranks;
  for (int r = 0; r < world; ++r) ranks.push_back(start_rank(folder / "job", r, world));
  for (const pid_t rank : ranks) EXPECT_EQ(wait_for(rank), 0);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

/// Kills one rank at a random moment, `rounds` times; the others end by themselves. Then the same command
/// again.
void kill_at_random(int world, int rounds) {
  const std::string wanted = undisturbed(small_manifest(samples, 8));
  const double usual = usual_seconds(world);
  int killed = 0, taken_over = 0, half_lines = 0, unlisted = 0;
  for (int round = 0; round < rounds; ++round) {
    const Folder folder;
    std::vector<pid_t> ranks;
    for (int r = 0; r < world; ++r) ranks.push_back(start_rank(folder / "job", r, world));
    std::this_thread::sleep_for(std::chrono::duration<double>(usual * uniform(round, 2 * world)));
    const auto victim = static_cast<std::size_t>(uniform(round, 2 * world + 1) * world);
    kill(ranks[victim], SIGKILL);
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      const int code = wait_for(ranks[r]);
      if (r == victim)
        killed += code == 128 + SIGKILL;
      else
        EXPECT_EQ(code, 0) << "a rank that was left alone failed";
    }
    if (read_manifest(folder / "job")) {
      const JobCheck check = verify_job(folder / "job");
      EXPECT_TRUE(check.sound()) << check.damaged.front();
      for (const std::string& sentence : check.clutter) {
        half_lines += sentence.find("half a line") != sentence.npos;
        unlisted += sentence.find("not in the ledger") != sentence.npos;
      }
      taken_over += world > 1 && check.status.finished();
      EXPECT_TRUE(world == 1 || check.status.finished()) << "the others left a lost rank's shards";
    }
    ASSERT_EQ(wait_for(start_rank(folder / "job", 0, 1)), 0);
    ASSERT_TRUE(exported(folder / "job", folder) == wanted) << "round " << round;
  }
  std::printf(
      "%d ranks: %d of %d rounds killed a rank at work, %d taken over; left behind: %d half lines, %d "
      "files\n",
      world, killed, rounds, taken_over, half_lines, unlisted);
  EXPECT_GT(killed, rounds / 3);
}

TEST(JobLong, KilledAtFiftyRandomPointsOnOneRank) { kill_at_random(1, 50); }
TEST(JobLong, KilledAtFiftyRandomPointsOnThreeRanks) { kill_at_random(3, 50); }

// A file system of 256 KiB that fills up in the middle of the job, at a point that a ballast file moves.
TEST(JobLong, ADiskThatFillsStopsTheJobAndLosesNothing) {
  const JobManifest manifest = small_manifest(20000, 1000);
  const std::string wanted = undisturbed(manifest);
  const Folder folder;
  const std::string disk = folder / "disk";
  fs::create_directory(disk);
  if (mount("none", disk.c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "no right to mount a small disk";
  int full = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string job = disk + "/job";
    fs::remove_all(job);
    spill(disk + "/ballast", std::string(static_cast<std::size_t>(650'000 + 15'000 * round), 'x'));
    const std::string said = testing::error_text([&] { draw_all(job, manifest); });
    if (!said.empty()) {
      ++full;
      EXPECT_NE(said.find("No space left on device"), said.npos) << said;
      EXPECT_NE(said.find("the same command goes on"), said.npos) << said;
    }
    fs::remove(disk + "/ballast");
    draw_all(job, manifest);
    EXPECT_TRUE(exported(job, folder) == wanted) << round;
  }
  umount(disk.c_str());
  std::printf("the disk was full in %d of 20 rounds\n", full);
  EXPECT_GT(full, 10);
}

}  // namespace
}  // namespace ulam::job_long
