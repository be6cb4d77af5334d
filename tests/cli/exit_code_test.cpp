#include "ulam/cli/exit_code.h"

#include <new>
#include <system_error>

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

namespace ulam::cli::exit_code_test {
namespace {

TEST(ExitCode, NoErrorExitsWithZero) {
  for (const ErrorKind kind :
       {ErrorKind::option, ErrorKind::shape, ErrorKind::file, ErrorKind::system, ErrorKind::unsupported,
        ErrorKind::numeric, ErrorKind::budget, ErrorKind::cancelled})
    EXPECT_NE(exit_code(kind), 0);
  EXPECT_EQ(exit_code(ErrorKind::cancelled), 130);
}

TEST(Verdict, KeepsOneLineOfEveryException) {
  EXPECT_EQ(judge(Error(ErrorKind::file, "a.npy: too short")).sentence, "a.npy: too short");
  EXPECT_EQ(judge(std::runtime_error("first\nsecond")).sentence, "first");
  EXPECT_EQ(judge(std::bad_alloc()).code, exit_system);
  EXPECT_EQ(judge(std::system_error(ENOSPC, std::generic_category())).code, exit_system);
  try {
    TORCH_CHECK(false, "sizes differ");
  } catch (const std::exception& e) {
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.code, exit_other);
    EXPECT_EQ(verdict.sentence, "libtorch: sizes differ");  // no C++ stack trace behind it
  }
}

}  // namespace
}  // namespace ulam::cli::exit_code_test
