#!/usr/bin/env bash
# Builds everything and runs the tests: test.sh [PRESET] [ctest arguments]
set -euo pipefail
source "$(dirname "$0")/common.sh"

preset=${1:-release}
shift || true
bash scripts/setup.sh test
bash scripts/build.sh "$preset" -DULAM_TESTS=ON
say "testing build/$preset"
# Tests share the cores: one thread each, unless a test asks for more.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
ctest --preset "$preset" -j "$(cores)" --verbose --quiet --output-log "build/logs/ctest-$preset.log" "$@" || {
  code=$?
  sed -n '/tests passed/,$p' "build/logs/ctest-$preset.log"
  say "failed tests; their output is in build/logs/ctest-$preset.log:"
  grep -hE -A25 '(\*\*\*|\[  FAILED  \]|: Failure$|ERROR:)' "build/logs/ctest-$preset.log" | head -n 300 || true
  exit "$code"
}
sed -n '/tests passed/,$p' "build/logs/ctest-$preset.log"
# The single tests within the programs, for people and for logs.
count() { grep -oE "\[  $1 *\] [0-9]+ test" "build/logs/ctest-$preset.log" | awk '{ sum += $(NF - 1) } END { print sum + 0 }'; }
echo "$(count PASSED) passed, $(count FAILED) failed, $(count SKIPPED) skipped"
