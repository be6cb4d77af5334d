// A draw that is stopped at any moment leaves whole files or none.
#include "support.h"
#include <csignal>

#include "ulam/base/key.h"
#include "ulam/io/npz.h"

namespace ulam::cli::stop_long {
namespace {

using cli_test::Ran;
using cli_test::Running;
using cli_test::TemporaryFolder;

/// Stops a draw of a second or two after 0 .. 1.5 s, a moment per round.
Ran stop_at(const TemporaryFolder& folder, int round, int signal) {
  Running running(folder,
                  {"draw", "slow.json", "-n", "8000", "--batch", "256", "--steps", "20", "-o", "x.npz"});
  const double wait =
      2.5 * random_uniform({make_key(9, Stream::test), static_cast<std::uint64_t>(round), 0}, 0);
  std::this_thread::sleep_for(std::chrono::duration<double>(wait));
  running.signal(signal);
  return running.wait();
}

TEST(StopLong, AfterAnInterruptTheFileIsWholeAndRepeatsOrIsNotThere) {
  int finished = 0, partly = 0, nothing = 0;
  for (int round = 0; round < 20; ++round) {
    const TemporaryFolder folder;
    cli_test::spill(folder / "slow.json", R"({"problem": "ring"})");
    const Ran ran = stop_at(folder, round, SIGINT);
    // Before the program has set up its handler the signal ends it as it would any program.
    EXPECT_TRUE(ran.code == 0 || ran.code == 130) << ran.code << ran.err;
    for (const std::string& name : folder.names())
      EXPECT_TRUE(name == "slow.json" || name == "x.npz") << name;
    if (!std::filesystem::exists(folder / "x.npz")) {
      EXPECT_NE(ran.code, 0);
      ++nothing;
      continue;
    }
    ++(ran.code == 0 ? finished : partly);
    EXPECT_GT(io::read_npz(folder / "x.npz").find("samples")->shape[0], 0);
    ASSERT_EQ(cli_test::run(folder, {"draw", "--again", "x.npz", "-o", "y.npz"}).code, 0);
    EXPECT_TRUE(cli_test::slurp(folder / "x.npz") == cli_test::slurp(folder / "y.npz"));
  }
  std::printf("of 20 draws %d had finished, %d were cut short, %d had nothing yet\n", finished, partly,
              nothing);
  EXPECT_GT(partly, 0);
}

// kill -9 may leave a temporary file, never a broken one under the name that was asked for.
TEST(StopLong, AfterAKillTheFileIsWholeOrNotThere) {
  for (int round = 20; round < 40; ++round) {
    const TemporaryFolder folder;
    cli_test::spill(folder / "slow.json", R"({"problem": "ring"})");
    stop_at(folder, round, SIGKILL);
    if (std::filesystem::exists(folder / "x.npz")) {
      EXPECT_EQ(io::read_npz(folder / "x.npz").find("samples")->shape[0], 8000);
    }
  }
}

}  // namespace
}  // namespace ulam::cli::stop_long
