// The program around the command: how it sets up the process that it runs in.
#include "support.h"
#include <csignal>

namespace ulam::cli::main_test {
namespace {

using cli_test::Running;
using cli_test::TemporaryFolder;

/// The environment of a draw in the middle of its work, each entry ended by a zero byte.
std::string environment_while_drawing() {
  const TemporaryFolder folder;
  cli_test::spill(folder / "slow.json", R"({"problem": "ring"})");
  Running running(folder, {"draw", "slow.json", "-n", "1000000", "--batch", "64", "-o", "x.npz"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (running.err_so_far().find("\"done\"") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::string environment = cli_test::slurp("/proc/" + std::to_string(running.pid()) + "/environ");
  running.signal(SIGINT);
  EXPECT_EQ(running.wait().code, 130);
  return environment;
}

// Spinning threads make a draw several times slower on a machine with other work.
TEST(Main, WorkingThreadsWaitWithoutSpinning) {
  const char* former = std::getenv("OMP_WAIT_POLICY");
  const std::string kept = former == nullptr ? "" : former;
  unsetenv("OMP_WAIT_POLICY");
  EXPECT_NE(environment_while_drawing().find("OMP_WAIT_POLICY=passive"), std::string::npos);
  if (former != nullptr) setenv("OMP_WAIT_POLICY", kept.c_str(), 1);
}

TEST(Main, TheUsersOwnPolicyStays) {
  const char* former = std::getenv("OMP_WAIT_POLICY");
  const std::string kept = former == nullptr ? "" : former;
  setenv("OMP_WAIT_POLICY", "active", 1);
  EXPECT_NE(environment_while_drawing().find("OMP_WAIT_POLICY=active"), std::string::npos);
  if (former == nullptr)
    unsetenv("OMP_WAIT_POLICY");
  else
    setenv("OMP_WAIT_POLICY", kept.c_str(), 1);
}

}  // namespace
}  // namespace ulam::cli::main_test
