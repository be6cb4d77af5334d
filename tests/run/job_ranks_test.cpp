#include "ulam/run/job_ranks.h"

#include "../errors.h"
#include <map>

namespace ulam::job_ranks_test {
namespace {

JobRank of(const std::map<std::string, std::string>& variables) {
  return rank_from([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

TEST(JobRanks, ReadsEveryLauncher) {
  EXPECT_EQ(of({}).world, 1);
  for (const auto& [rank, world] :
       std::map<std::string, std::string>{{"RANK", "WORLD_SIZE"},
                                          {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                          {"PMI_RANK", "PMI_SIZE"},
                                          {"SLURM_PROCID", "SLURM_NTASKS"}}) {
    EXPECT_EQ(of({{rank, "2"}, {world, "4"}}).rank, 2) << rank;
    EXPECT_EQ(of({{rank, "2"}, {world, "4"}}).world, 4) << world;
  }
}

// mpirun within a SLURM allocation: every process has SLURM_PROCID 0.
TEST(JobRanks, MpirunInsideSlurmCounts) {
  EXPECT_EQ(of({{"OMPI_COMM_WORLD_RANK", "3"},
                {"OMPI_COMM_WORLD_SIZE", "4"},
                {"SLURM_PROCID", "0"},
                {"SLURM_NTASKS", "1"}})
                .rank,
            3);
}

TEST(JobRanks, RefusesWhatMakesNoSense) {
  testing::expect_error(ErrorKind::option, {"RANK", "4"}, [] { of({{"RANK", "4"}, {"WORLD_SIZE", "4"}}); });
  testing::expect_error(ErrorKind::option, {"RANK", "-1"}, [] { of({{"RANK", "-1"}, {"WORLD_SIZE", "4"}}); });
  testing::expect_error(ErrorKind::option, {"WORLD_SIZE", "x"}, [] {
    of({{"RANK", "0"}, {"WORLD_SIZE", "x"}});
  });
  testing::expect_error(ErrorKind::option, {"WORLD_SIZE", "0"}, [] {
    of({{"RANK", "0"}, {"WORLD_SIZE", "0"}});
  });
  testing::expect_error(ErrorKind::option, {"RANK", "WORLD_SIZE", "not"}, [] { of({{"RANK", "0"}}); });
}

}  // namespace
}  // namespace ulam::job_ranks_test
