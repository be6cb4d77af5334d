#!/usr/bin/env bash
# Builds the fuzzers and runs each for FUZZ_SECONDS (30).
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh fuzz
say "building the fuzzers and running each for ${FUZZ_SECONDS:-30} seconds"
ULAM_JOBS=$(jobs) step fuzz bash fuzz/run.sh "${FUZZ_SECONDS:-30}" build/fuzz
grep -hE '^fuzz_|number_of_executed_units' build/logs/fuzz.log
