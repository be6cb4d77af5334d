#!/usr/bin/env bash
# Builds the fuzzers and runs each for FUZZ_SECONDS (30).
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh fuzz
bash scripts/build.sh fuzz
say "fuzzing for ${FUZZ_SECONDS:-30} seconds a parser"
bash fuzz/run.sh
