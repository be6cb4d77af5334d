#include "ulam/cli/interrupt.h"

#include <csignal>

#include <gtest/gtest.h>

namespace ulam::cli::interrupt_test {
namespace {

TEST(Interrupt, TheFirstSignalSetsTheToken) {
  CancelToken token;
  const Interrupt interrupt(token);
  EXPECT_FALSE(token.cancelled());
  std::raise(SIGINT);
  EXPECT_TRUE(token.cancelled());
}

TEST(Interrupt, TheSecondSignalEndsTheProgram) {
  const auto twice = [] {
    CancelToken token;
    const Interrupt interrupt(token);
    std::raise(SIGINT);
    std::raise(SIGINT);
  };
  EXPECT_EXIT(twice(), ::testing::ExitedWithCode(130), "");
}

TEST(Interrupt, WhileFilesAreWrittenNoSignalEndsTheProgram) {
  CancelToken token;
  Interrupt interrupt(token);
  interrupt.hold();
  std::raise(SIGINT);
  std::raise(SIGINT);
  EXPECT_TRUE(token.cancelled());
}

}  // namespace
}  // namespace ulam::cli::interrupt_test
