#pragma once
// `ulam draw --job DIR`: a draw in shards that a folder keeps.
#include <string>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

struct JobTask {
  Given given;              // as for a plain draw
  std::string folder;       // --job
  std::string shard = "0";  // --shard: samples a shard; 0 = one batch, for exact problems 16
  std::string store;        // --store HOST:PORT; "" = all ranks share the folder
  bool allow_mixed = false;
  bool json = false, quiet = false;
  bool trust = false;  // --trust: a model may be a file that can run code
};

/// Starts the job, or goes on with the one in the folder, alone or beside other ranks. Returns 0, also when a
/// signal stopped it after the shard in hand. Throws Error(option) for options that a job cannot take (--ids,
/// --cap, files with a row a sample) and for threads that this machine does not have, and as open_model,
/// JobFolder and run_job do.
int run_draw_job(const JobTask& task);

}  // namespace ulam::cli
