#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <malloc.h>
#include <unistd.h>

#include "ulam/cli/app.h"

namespace {

// The threads of libgomp and OpenBLAS spin while they wait unless told otherwise, and on a machine with other
// work two spinning threads are slower than one. Both read their policy when they are loaded, so the program
// starts itself once more with the policy set.
void wait_without_spinning(int argc, char** argv) {
  bool works = false;
  for (const char* command : {"draw", "train", "tune", "compare", "measure", "reproduce", "selftest"})
    works = works || (argc > 1 && std::strcmp(argv[1], command) == 0);
  if (!works || std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  setenv("OPENBLAS_THREAD_TIMEOUT", "12", 0);  // 2^12 cycles instead of 2^26
  if (setenv("OMP_WAIT_POLICY", "passive", 0) == 0) execv("/proc/self/exe", argv);
  // Still here: the program cannot be started anew, and spinning threads are only slow.
}

}  // namespace

int main(int argc, char** argv) {
  wait_without_spinning(argc, argv);
#ifdef __GLIBC__
  // Networks free and take back the same few megabytes at every layer: keep them instead of asking the system
  // anew.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
  return ulam::cli::run_app(argc, argv);
}
