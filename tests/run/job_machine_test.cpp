#include "ulam/run/job_machine.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace ulam::job_machine_test {
namespace {

TEST(JobMachine, IsTheSameTwiceAndNamesNoHost) {
  const nlohmann::json machine = this_machine();
  EXPECT_EQ(machine, this_machine());
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  for (const auto& [key, value] : machine.items()) {
    ASSERT_TRUE(value.is_string()) << key;
    if (std::string(host).size() > 3) {
      EXPECT_EQ(value.get<std::string>().find(host), std::string::npos) << key;
    }
  }
  // What picks the kernels, and whose kernels they are.
  for (const char* key : {"processor", "torch_processor", "blas_processor", "ulam", "torch", "blas", "libc"})
    EXPECT_TRUE(machine.contains(key)) << key;
  EXPECT_NE(machine["torch_processor"], "");
}

}  // namespace
}  // namespace ulam::job_machine_test
