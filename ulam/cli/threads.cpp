#include "ulam/cli/threads.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <omp.h>
#include <sched.h>
#include <thread>

#include <ATen/Parallel.h>

#include "ulam/base/text.h"

namespace ulam::cli {

int available_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int use_threads(int asked) {
  const int cores = available_cores();
  int threads = asked;
  if (threads <= 0) {
    const char* wish = std::getenv("OMP_NUM_THREADS");
    threads = static_cast<int>(wish != nullptr ? parse_integer(wish).value_or(cores) : cores);
  }
  threads = std::clamp(threads, 1, cores);
  at::set_num_threads(threads);
  omp_set_num_threads(threads);
  // OpenBLAS keeps threads of its own where it is the one built on pthreads.
  if (void* symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<void (*)(int)>(symbol)(threads);
  return threads;
}

}  // namespace ulam::cli
