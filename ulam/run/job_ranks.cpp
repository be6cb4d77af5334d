#include "ulam/run/job_ranks.h"

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

constexpr long most_ranks = 1'000'000;

struct Launcher {
  const char* rank;
  const char* world;
};
// mpirun inside a SLURM job sets both its own and SLURM's variables, and means its own.
constexpr Launcher launchers[] = {{"RANK", "WORLD_SIZE"},
                                  {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                  {"PMI_RANK", "PMI_SIZE"},
                                  {"SLURM_PROCID", "SLURM_NTASKS"}};

long number(const std::string& text, const char* name, long least, long most) {
  const auto value = parse_integer(text);
  if (!value || *value < least || *value > most)
    fail(ErrorKind::option, name, "\"{}\" is no number from {} to {}", text, least, most);
  return *value;
}

}  // namespace

JobRank rank_from(const Environment& environment) {
  for (const Launcher& launcher : launchers) {
    const auto rank = environment(launcher.rank), world = environment(launcher.world);
    if (!rank && !world) continue;
    if (!rank || !world)
      fail(ErrorKind::option, rank ? launcher.rank : launcher.world, "is set and {} is not",
           rank ? launcher.world : launcher.rank);
    JobRank out;
    out.world = static_cast<int>(number(*world, launcher.world, 1, most_ranks));
    out.rank = static_cast<int>(number(*rank, launcher.rank, 0, out.world - 1));
    return out;
  }
  return {};
}

}  // namespace ulam
