#pragma once
// The command line as a whole.
namespace ulam::cli {

/// Parses, runs, prints; the exit code (exit_code.h). Errors become one sentence "ulam: ..." on stderr.
int run_app(int argc, const char* const* argv);

}  // namespace ulam::cli
