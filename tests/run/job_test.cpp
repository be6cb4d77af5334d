#include "ulam/run/job.h"

#include "../errors.h"
#include "job_support.h"
#include <csignal>
#include <sys/resource.h>
#include <thread>

namespace ulam::job_test {
namespace {

namespace fs = std::filesystem;
using namespace job_test;

/// Everything a fault may do to the folder of a job that was stopped, or finished; the same command must then
/// end in the bytes of a job that nothing disturbed.
void expect_recovery(const std::string& what, const std::function<void(const std::string& folder)>& fault) {
  const Folder folder;
  draw_all(folder / "job");
  fault(folder / "job");
  draw_all(folder / "job");
  EXPECT_TRUE(exported(folder / "job", folder) == undisturbed()) << what;
}

TEST(Job, DrawsEverySampleOnceAndSaysWhatItDid) {
  const Folder folder;
  std::vector<std::int64_t> drawn;
  const JobReport report = draw_all(folder / "job", small_manifest(), [&](const JobRange& range) {
    drawn.push_back(range.shard);
    return toy_work(range);
  });
  EXPECT_EQ(drawn, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.shards, 7);
  EXPECT_EQ(report.samples, 50);
  EXPECT_EQ(report.evaluations, 200);
  EXPECT_EQ(draw_all(folder / "job").samples, 0) << "a finished job is not drawn again";
}

TEST(Job, StopsAfterTheShardInHandAndGoesOn) {
  const Folder folder;
  CancelToken cancel;
  Watch watch;
  watch.cancel = &cancel;
  const JobReport report = draw_all(
      folder / "job", small_manifest(),
      [&](const JobRange& range) {
        if (range.shard == 2) cancel.cancel();
        return toy_work(range);
      },
      watch);
  EXPECT_FALSE(report.finished);
  EXPECT_EQ(report.shards, 3);
  EXPECT_EQ(draw_all(folder / "job").shards, 4);
  EXPECT_TRUE(exported(folder / "job", folder) == undisturbed());
}

TEST(Job, AFailedDrawKeepsWhatIsFinished) {
  const Folder folder;
  testing::expect_error(ErrorKind::numeric, {"NaN"}, [&] {
    draw_all(folder / "job", small_manifest(), [](const JobRange& range) {
      if (range.shard == 3) fail(ErrorKind::numeric, "draw", "NaN");
      return toy_work(range);
    });
  });
  EXPECT_EQ(draw_all(folder / "job").shards, 4);
}

TEST(Job, AShardCutShortIsDrawnAgain) {
  for (const int left : {0, 1, 100})
    expect_recovery("cut",
                    [&](const std::string& f) { fs::resize_file(f + "/shards/00000003.safetensors", left); });
}

TEST(Job, AFlippedBitIsDrawnAgain) {
  const std::size_t size = [] {
    const Folder folder;
    draw_all(folder / "job");
    return slurp(folder / "job/shards/00000003.safetensors").size();
  }();
  for (std::size_t at = 0; at < size; at += 101)
    expect_recovery("bit", [&](const std::string& f) {
      const std::string path = f + "/shards/00000003.safetensors";
      std::string bytes = slurp(path);
      bytes[at] = static_cast<char>(bytes[at] ^ 4);
      spill(path, bytes);
    });
}

TEST(Job, AMissingShardIsDrawnAgain) {
  expect_recovery("gone", [](const std::string& f) { fs::remove(f + "/shards/00000000.safetensors"); });
  expect_recovery("all gone", [](const std::string& f) { fs::remove_all(f + "/shards"); });
}

TEST(Job, ASpoiltLedgerCostsNoMoreThanItsLines) {
  const auto bytes = [](const std::string& f) { return slurp(f + "/ledger"); };
  const Folder folder;
  draw_all(folder / "job");
  const std::size_t size = bytes(folder / "job").size();
  for (std::size_t cut = 0; cut < size; cut += 61)
    expect_recovery("half a line", [&](const std::string& f) { fs::resize_file(f + "/ledger", cut); });
  expect_recovery("zeros, as a file system may leave", [&](const std::string& f) {
    spill(f + "/ledger", bytes(f).substr(0, size / 2) + std::string(100, '\0'));
  });
  expect_recovery("rubbish", [&](const std::string& f) { spill(f + "/ledger", "\n\nrubbish\n" + bytes(f)); });
  expect_recovery("gone", [](const std::string& f) { fs::remove(f + "/ledger"); });
  expect_recovery("a line twice", [&](const std::string& f) { spill(f + "/ledger", bytes(f) + bytes(f)); });
}

TEST(Job, AShardOfAnotherJobDoesNotPass) {
  const Folder other;
  JobManifest manifest = small_manifest();
  manifest.first = 1000;
  draw_all(other / "job", manifest);
  expect_recovery("file", [&](const std::string& f) {
    fs::copy_file(other / "job/shards/00000001.safetensors", f + "/shards/00000001.safetensors",
                  fs::copy_options::overwrite_existing);
  });
  expect_recovery("ledger", [&](const std::string& f) {
    fs::copy_file(other / "job/ledger", f + "/ledger", fs::copy_options::overwrite_existing);
  });
}

// A file that may not grow past a limit stands for a full disk: the write fails in the middle.
TEST(Job, AFullDiskIsASentenceAndTheNextCallGoesOn) {
  const Folder folder;
  JobManifest big = small_manifest(2000, 250);
  struct rlimit old {};
  getrlimit(RLIMIT_FSIZE, &old);
  const auto former = std::signal(SIGXFSZ, SIG_IGN);
  const std::string said = testing::error_text([&] {
    draw_all(folder / "job", big, [&](const JobRange& range) {
      struct rlimit small = old;
      small.rlim_cur = range.shard == 5 ? 2000 : 1 << 20;
      setrlimit(RLIMIT_FSIZE, &small);
      return toy_work(range);
    });
  });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, former);
  EXPECT_NE(said.find("the same command goes on"), said.npos) << said;
  for (const auto& entry : fs::directory_iterator(folder / "job/shards"))
    EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
  EXPECT_EQ(draw_all(folder / "job", big).shards, 3);
  EXPECT_TRUE(exported(folder / "job", folder) == undisturbed(big));
}

// The clock is only written down. One that stands, jumps back and forth or says NaN changes no byte.
TEST(Job, AClockThatJumpsChangesNoByte) {
  const Folder folder;
  int call = 0;
  Watch watch;
  watch.clock = [&] {
    constexpr double said[] = {1e9, -1e9, 0, 1e300, 5};
    ++call;
    return call % 6 == 5 ? std::numeric_limits<double>::quiet_NaN() : said[call % 5];
  };
  draw_all(folder / "job", small_manifest(), toy_work, watch);
  EXPECT_GT(call, 10);
  EXPECT_TRUE(exported(folder / "job", folder) == undisturbed());
}

TEST(Job, RanksAtOneFolderShareTheWorkAndTheResultIsTheSame) {
  const JobManifest manifest = small_manifest(400, 8);
  const std::string wanted = undisturbed(manifest);
  for (const int ranks : {1, 2, 4, 7}) {
    const Folder folder;
    std::vector<JobReport> reports(static_cast<std::size_t>(ranks));
    std::vector<std::thread> threads;
    for (int r = 0; r < ranks; ++r)
      threads.emplace_back([&, r] {
        JobFolder share(folder / "job", manifest, false);
        reports[static_cast<std::size_t>(r)] =
            run_job(share, manifest, {r, ranks},
                    [](const JobRange& range) {
                      std::this_thread::sleep_for(std::chrono::milliseconds(2));
                      return toy_work(range);
                    },
                    {});
      });
    for (std::thread& t : threads) t.join();
    std::int64_t samples = 0;
    for (const JobReport& report : reports) {
      EXPECT_TRUE(report.finished);
      samples += report.samples;
    }
    EXPECT_EQ(samples, 400) << "a shard was drawn twice";
    EXPECT_TRUE(exported(folder / "job", folder) == wanted) << ranks;
  }
}

// A rank that has nothing left waits; when another dies with a shard in hand, it draws that shard.
TEST(Job, ALostRanksShardIsTakenOver) {
  const Folder folder;
  auto lost = std::make_unique<JobFolder>(folder / "job", small_manifest(), false);
  ASSERT_TRUE(lost->claim(4));
  JobReport report;
  std::thread other([&] { report = draw_all(folder / "job"); });
  JobFolder eye(folder / "job", small_manifest(), false);
  while (eye.done_samples() < 42) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    eye.refresh();
  }
  EXPECT_FALSE(eye.done(4));
  lost.reset();  // dies
  other.join();
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.samples, 50);
  EXPECT_TRUE(exported(folder / "job", folder) == undisturbed());
}

TEST(Job, WhoWaitsForOthersCanBeStopped) {
  const Folder folder;
  JobFolder holder(folder / "job", small_manifest(), false);
  ASSERT_TRUE(holder.claim(4));
  CancelToken cancel;
  Watch watch;
  watch.cancel = &cancel;
  watch.progress = [&](const Progress& p) {
    if (p.done == 42) cancel.cancel();
  };
  EXPECT_FALSE(draw_all(folder / "job", small_manifest(), toy_work, watch).finished);
}

}  // namespace
}  // namespace ulam::job_test
