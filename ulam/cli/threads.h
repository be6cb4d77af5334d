#pragma once
// How many threads a command may use.
namespace ulam::cli {

/// Cores that this process may run on.
int available_cores();
/// `asked` threads, at most the cores; 0 = OMP_NUM_THREADS where set, else all cores. Sets libtorch, OpenMP
/// and OpenBLAS alike and returns the number, so that they never fight over the cores.
int use_threads(int asked);

}  // namespace ulam::cli
