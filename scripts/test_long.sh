#!/usr/bin/env bash
# Builds everything and runs the tests that take minutes (tests/ROOM/*_long.cpp).
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh test
bash scripts/build.sh release -DULAM_TESTS=ON
say "running the long tests"
# Side by side, one thread each; waiting threads do not spin.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=passive OPENBLAS_THREAD_TIMEOUT=12
ctest --test-dir build/release -L '^long$' -j "$(cores)" --output-on-failure --no-tests=error
