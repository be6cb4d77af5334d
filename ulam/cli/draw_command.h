#pragma once
// `ulam draw`.
#include "ulam/cli/draw_job.h"
#include "ulam/cli/output.h"

namespace ulam::cli {

/// Where a draw goes and what it tells.
struct DrawTask {
  DrawJob job;
  std::vector<std::string> outputs;  // empty: one chosen file, unless json
  bool json = false, quiet = false;
  bool trust = false;  // --trust: a model may be a file that can run code
  bool again = false;  // the job came from a record: hashes must agree
};

/// The request that a job describes, with ids and without labels. Throws Error(option | shape | file).
DrawRequest request_of(const DrawJob& job, const Source& source);

/// Draws, writes the files, prints the summary. Returns the exit code: 0, or 130 when cancelled with the
/// finished rows written. Throws as open_model, draw and write_output do.
int run_draw(const DrawTask& task);

}  // namespace ulam::cli
