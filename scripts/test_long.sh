#!/usr/bin/env bash
# Builds everything and runs the tests that take minutes (tests/ROOM/*_long.cpp).
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh test
bash scripts/build.sh release -DULAM_TESTS=ON
say "running the long tests"
ctest --test-dir build/release -L '^long$' --output-on-failure --no-tests=ignore
