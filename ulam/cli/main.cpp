#include <malloc.h>

#include "ulam/cli/app.h"

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // Networks free and take back the same few megabytes at every layer: keep them instead of asking the system
  // anew.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
  return ulam::cli::run_app(argc, argv);
}
