#!/usr/bin/env bash
# Builds and runs the benchmarks; the tables stand in build/logs/bench-NAME.txt too.
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh bench
bash scripts/build.sh ci -DULAM_TESTS=OFF
# As the command sets itself up: threads that wait without spinning, memory that is kept.
export OMP_WAIT_POLICY=passive OPENBLAS_THREAD_TIMEOUT=12
export MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=536870912
measure() {
  local program=$1
  shift
  say "$program $*"
  "build/ci/bench/$program" "$@" | tee "build/logs/bench-$program.txt"
}
measure kernels_bench "$@"
measure overhead models/fashion
