// Jobs of the program itself: killed at random moments, stopped, shared, on mixed machines, for long.
#include "tests/cli/job_support.h"
#include "tests/cli/support.h"
#include <csignal>

#include <nlohmann/json.hpp>

#include "ulam/base/key.h"

namespace ulam::cli::job_long {
namespace {

namespace fs = std::filesystem;
using cli_test::Ran;
using cli_test::run;
using cli_test::run_program;
using cli_test::Running;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;
using cli_test::Variables;
using Words = std::vector<std::string>;

double uniform(int round, int use) {
  return random_uniform({make_key(22, Stream::test), static_cast<std::uint64_t>(round), 0},
                        static_cast<std::uint64_t>(use));
}

void sleep_seconds(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

Words plain_words(int count) {
  return {"draw", "slow.json", "-n", std::to_string(count), "--steps",
          "20",   "--batch",   "64", "--threads",           "1"};
}
Words job_words(int count) {
  Words words = plain_words(count);
  words.insert(words.end(), {"--job", "j", "--shard", "64"});
  return words;
}

/// What a plain draw writes.
std::string wanted_bytes(int count) {
  const TemporaryFolder folder;
  spill(folder / "slow.json", R"({"problem": "ring"})");
  Words words = plain_words(count);
  words.insert(words.end(), {"-o", "x.npz"});
  EXPECT_EQ(run(folder, words).code, 0);
  return slurp(folder / "x.npz");
}

std::string exported(const TemporaryFolder& folder) {
  const Ran ran = run(folder, {"job", "export", "j", "-o", "x.npz"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  return slurp(folder / "x.npz");
}

/// A folder for the output of each rank, since they must not share one.
class Rank {
 public:
  Rank(const TemporaryFolder& job, int rank, int world, const Words& words) {
    fs::create_directory_symlink(job / "j", home_ / "j");
    fs::copy_file(job / "slow.json", home_ / "slow.json");
    const Variables launcher{{"RANK", std::to_string(rank)}, {"WORLD_SIZE", std::to_string(world)}};
    running_ = std::make_unique<Running>(home_, words);
  }
  Running& operator*() { return *running_; }

 private:
  TemporaryFolder home_;
  std::unique_ptr<Running> running_;
};

/// Kills one rank at a random moment of the job, `rounds` times, each on a fresh folder; then the same
/// command.
void kill_at_random(int world, int rounds) {
  constexpr int count = 4000;
  const std::string wanted = wanted_bytes(count);
  const auto start = [&](const TemporaryFolder& folder) {
    spill(folder / "slow.json", R"({"problem": "ring"})");
    fs::create_directory(folder / "j");
    std::vector<std::unique_ptr<Rank>> ranks;
    for (int r = 0; r < world; ++r)
      ranks.push_back(std::make_unique<Rank>(folder, r, world, job_words(count)));
    return ranks;
  };
  // From the first manifest to the end, so that no kill is wasted on the start of a program.
  const auto await_manifest = [](const TemporaryFolder& folder) {
    while (!fs::exists(folder / "j/manifest.json")) sleep_seconds(.001);
  };
  double usual = 0;
  {
    const TemporaryFolder folder;
    const auto ranks = start(folder);
    await_manifest(folder);
    const auto begun = std::chrono::steady_clock::now();
    for (const auto& rank : ranks) EXPECT_EQ((**rank).wait().code, 0);
    usual = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    EXPECT_TRUE(exported(folder) == wanted);
  }
  int killed = 0, partly = 0;
  for (int round = 0; round < rounds; ++round) {
    const TemporaryFolder folder;
    auto ranks = start(folder);
    await_manifest(folder);
    sleep_seconds(usual * uniform(round, 2 * world));
    const auto victim = static_cast<std::size_t>(uniform(round, 2 * world + 1) * world);
    (**ranks[victim]).signal(SIGKILL);
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      const Ran ran = (**ranks[r]).wait();
      if (r == victim)
        killed += ran.code == 128 + SIGKILL;
      else
        EXPECT_EQ(ran.code, 0) << ran.err;
    }
    const auto status = nlohmann::json::parse(run(folder, {"job", "status", "j", "--json"}).out);
    partly += status["samples"] > 0 && status["samples"] < count;
    EXPECT_TRUE(world == 1 || status["finished"] == true) << "the others left a lost rank's shards";
    EXPECT_EQ(run(folder, {"job", "verify", "j", "--quiet"}).code, 0);
    ASSERT_EQ(run(folder, job_words(count)).code, 0);
    ASSERT_TRUE(exported(folder) == wanted) << "round " << round;
  }
  std::printf(
      "%d ranks: %d of %d rounds killed a rank at work, %d of them left a job begun; all ended in the same "
      "bytes\n",
      world, killed, rounds, partly);
  EXPECT_GT(killed, rounds / 3);
}

TEST(JobLong, KilledAtFiftyRandomPointsOnOneRank) { kill_at_random(1, 50); }
TEST(JobLong, KilledAtFiftyRandomPointsOnThreeRanks) { kill_at_random(3, 50); }

TEST(JobLong, SigtermFinishesTheShardInHandAndTheSameCommandGoesOn) {
  constexpr int count = 40000;
  const TemporaryFolder folder;
  spill(folder / "slow.json", R"({"problem": "ring"})");
  Running running(folder, job_words(count));
  while (!fs::exists(folder / "j/shards/00000002.safetensors")) sleep_seconds(.002);
  running.signal(SIGTERM);
  const Ran ran = running.wait();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.err.find("resume with the same command"), ran.err.npos) << ran.err;
  const auto status = nlohmann::json::parse(run(folder, {"job", "status", "j", "--json"}).out);
  EXPECT_LT(status["samples"], count);
  EXPECT_EQ(run(folder, {"job", "verify", "j"}).out.find("not in the ledger"), std::string::npos);
  EXPECT_EQ(run(folder, job_words(count)).code, 0);
  EXPECT_TRUE(exported(folder) == wanted_bytes(count));
}

TEST(JobLong, TwoJobsAtOnceAreOneJobOrTheSecondIsRefused) {
  constexpr int count = 8000;
  const TemporaryFolder folder;
  spill(folder / "slow.json", R"({"problem": "ring"})");
  fs::create_directory(folder / "j");
  Rank first(folder, 0, 1, job_words(count)), second(folder, 0, 1, job_words(count));
  Words other = job_words(count);
  other[5] = "19";
  Rank third(folder, 0, 1, other);
  const Ran refused = (*third).wait(), a = (*first).wait(), b = (*second).wait();
  // Whoever came first, one of the two configurations holds the folder.
  if (refused.code == 0) {
    EXPECT_EQ(a.code, 2);
    EXPECT_EQ(b.code, 2);
    return;
  }
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("draw.options.steps"), refused.err.npos) << refused.err;
  EXPECT_EQ(a.code, 0) << a.err;
  EXPECT_EQ(b.code, 0) << b.err;
  EXPECT_TRUE(exported(folder) == wanted_bytes(count));
}

// libtorch's own variable makes this machine one of another kind.
TEST(JobLong, AnotherKindOfMachineIsRefusedOrListed) {
  const TemporaryFolder folder;
  spill(folder / "slow.json", R"({"problem": "ring"})");
  ASSERT_EQ(run_program(folder, job_words(640)).code, 0);
  const Variables older{{"ATEN_CPU_CAPABILITY", "default"}};
  const Ran refused = run_program(folder, job_words(640));
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("torch_processor"), refused.err.npos) << refused.err;
  Words mixed = job_words(640);
  mixed.push_back("--allow-mixed");
  EXPECT_EQ(run_program(folder, mixed).code, 0);
  EXPECT_NE(run_program(folder, {"job", "status", "j"}).out.find("mixed"), std::string::npos);
}

/// Resident memory of a process in MiB.
double resident(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
  double size = 0, pages = 0;
  in >> size >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

TEST(JobLong, MemoryStaysFlatOverFiftyThousandSamples) {
  const TemporaryFolder folder;
  spill(folder / "slow.json", R"({"problem": "ring"})");
  Running running(folder, job_words(50000));
  const auto files = [&] {
    std::error_code error;
    return std::distance(fs::directory_iterator(folder / "j/shards", error), fs::directory_iterator());
  };
  double early = 0, most = 0;
  for (std::ptrdiff_t done = 0; done < 740;) {
    sleep_seconds(.02);
    done = files();
    const double now = resident(running.pid());
    if (done >= 78 && early == 0) early = now;
    if (early > 0) most = std::max(most, now);
    if (now == 0) break;
  }
  EXPECT_EQ(running.wait().code, 0);
  std::printf("resident memory: %.1f MiB after 5,000 samples, at most %.1f MiB up to 47,000\n", early, most);
  EXPECT_GT(early, 0);
  EXPECT_LT(most, early + 8);
}

TEST(JobLong, FashionOnOneTwoAndFourRanksIsAPlainDraw) {
  const TemporaryFolder folder;
  spill(folder / "slow.json", "");
  const Words draw = {"draw", "fashion", "-n", "52",     "--steps", "3",         "--solver",
                      "heun", "--batch", "4",  "--seed", "3",       "--threads", "1"};
  const Variables models{{"ULAM_MODELS", ULAM_SHIPPED_MODELS}};
  Words plain = draw;
  plain.insert(plain.end(), {"-o", "a.npz"});
  ASSERT_EQ(run_program(folder, plain).code, 0);
  Words job = draw;
  job.insert(job.end(), {"--job", "j"});
  for (const int world : {1, 2, 4}) {
    fs::remove_all(folder / "j");
    fs::create_directory(folder / "j");
    std::vector<std::unique_ptr<Rank>> ranks;
    for (int r = 0; r < world; ++r) ranks.push_back(std::make_unique<Rank>(folder, r, world, job));
    for (const auto& rank : ranks) EXPECT_EQ((**rank).wait().code, 0);
    EXPECT_TRUE(exported(folder) == slurp(folder / "a.npz")) << world;
  }
  // Stopped by SIGTERM and by a kill on the way.
  fs::remove_all(folder / "j");
  for (const int signal : {SIGTERM, SIGKILL}) {
    const auto shard =
        folder / (signal == SIGTERM ? "j/shards/00000002.safetensors" : "j/shards/00000006.safetensors");
    Running running(folder, job);
    while (!fs::exists(shard)) sleep_seconds(.002);
    running.signal(signal);
    EXPECT_EQ(running.wait().code, signal == SIGTERM ? 0 : 128 + SIGKILL);
  }
  EXPECT_EQ(run_program(folder, job).code, 0);
  EXPECT_TRUE(exported(folder) == slurp(folder / "a.npz"));
}

// Claiming, hashing, writing and syncing against drawing.
TEST(JobLong, KeepingAFashionJobCostsLessThanAHundredthOfIt) {
  const TemporaryFolder folder;
  const Variables models{{"ULAM_MODELS", ULAM_SHIPPED_MODELS}};
  const Ran ran = run_program(
      folder, {"draw", "fashion", "-n", "128", "--threads", "1", "--job", "j", "--json", "--quiet"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto summary = nlohmann::json::parse(ran.out);
  const double share = summary["keeping_seconds"].get<double>() / summary["seconds"].get<double>();
  std::printf("fashion, 128 samples: %.3f of %.1f s went into keeping them: %.3f %%\n",
              summary["keeping_seconds"].get<double>(), summary["seconds"].get<double>(), 100 * share);
  EXPECT_LT(share, .01);
}

}  // namespace
}  // namespace ulam::cli::job_long
