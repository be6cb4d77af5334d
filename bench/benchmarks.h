#pragma once
// The benchmarks, one file each. Each prints its tables and adds its headlines.
#include "bench/report.h"
#include <string>

namespace ulam::bench {

/// The draw whose network calls are weighed against everything else.
struct NetworkSettings {
  std::string model = "models/fashion", solver = "ddim";
  int rows = 64, steps = 10, pairs = 7, threads = 0;  // threads 0: libtorch's own number
};

/// Normals a second on every instruction set, beside libtorch's normal_ on one thread.
void bench_normals(Report& report);
/// Fused steps beside loops unrolled by hand and beside the time that their bytes take in a copy.
void bench_fused(Report& report);
/// Matrix products that keep a row's bits, in GFLOP/s.
void bench_products(Report& report);
/// Calls of operator new in warm steps, outside the model.
void bench_allocations(Report& report);
/// Share of a draw's time inside the network, and the whole draw over the bare calls of the same rows in the
/// same chunks.
void bench_network(Report& report, const NetworkSettings& settings);
/// Guided draws over the bare calls of the same rows without guidance: 2 is what twice the calls would take.
void bench_guidance(Report& report, const NetworkSettings& settings);

/// From a bundle's folder to the first answer, over reading the file's bytes and the bare call.
void bench_loading(Report& report);

}  // namespace ulam::bench
