#pragma once
// Which of several processes this is, as launchers tell it.
#include <functional>
#include <optional>
#include <string>

namespace ulam {

/// One of the processes that work together.
struct JobRank {
  int rank = 0;
  int world = 1;
};

/// The value of an environment variable.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// Rank and number of ranks from the variables of torchrun (RANK, WORLD_SIZE), Open MPI
/// (OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE), MPICH and its relatives (PMI_RANK, PMI_SIZE) or SLURM
/// (SLURM_PROCID, SLURM_NTASKS), the first pair that is there; one rank of one where there is none. Throws
/// Error(option) naming the variable for a number that makes no sense, or half a pair.
JobRank rank_from(const Environment& environment);

}  // namespace ulam
