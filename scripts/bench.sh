#!/usr/bin/env bash
# Builds and runs the benchmarks: tables here and in build/logs/bench.txt, figures and machine in build/bench.json.
# Arguments go to the program: bench.sh --only network --model models/fashion --rows 128
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh bench
without_tests=()
if [[ ! -e build/release/build.ninja ]]; then without_tests=(-DULAM_TESTS=OFF); fi
bash scripts/build.sh release -DULAM_BENCH=ON "${without_tests[@]}" benchmarks
# As the command sets itself up: threads that wait without spinning, memory that is kept.
export OMP_WAIT_POLICY=passive OPENBLAS_THREAD_TIMEOUT=12
export MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=536870912
build/release/bench/benchmarks --json build/bench.json "$@" | tee build/logs/bench.txt
say "the figures are in build/bench.json"
