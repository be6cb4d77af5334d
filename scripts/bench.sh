#!/usr/bin/env bash
# Builds and runs the benchmarks; the tables stand in build/logs/bench-NAME.txt too.
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh bench
bash scripts/build.sh ci -DULAM_TESTS=OFF
found=$(find build/ci/bench -maxdepth 1 -type f -executable 2>/dev/null | sort)
if [[ -z $found ]]; then
  say "there are no benchmarks"
  exit 1
fi
for program in $found; do
  say "$(basename "$program")"
  "$program" "$@" | tee "build/logs/bench-$(basename "$program").txt"
done
