#!/usr/bin/env bash
# Counts the instructions of the stepping loop under callgrind and holds them against bench/instructions.json:
# instructions.sh check|update. A check fails when a section grew by more than 3 %.
set -euo pipefail
source "$(dirname "$0")/common.sh"

verb=${1:-check}
bash scripts/setup.sh instructions
without_tests=()
if [[ ! -e build/release/build.ninja ]]; then without_tests=(-DULAM_TESTS=OFF); fi
bash scripts/build.sh release -DULAM_BENCH=ON "${without_tests[@]}" instructions

# The same count on every processor: valgrind has no AVX-512, so the kernels run AVX2 code; the C library is held to
# what each x86-64 has; addresses are not random, so that the allocator goes the same way every time.
fixed=(env -i PATH="$PATH" LC_ALL=C OMP_NUM_THREADS=1
  GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-ERMS,-FSRM,-SSSE3,-SSE4_1,-SSE4_2,-FMA,-FMA4)
if setarch -R true 2>/dev/null; then fixed+=(setarch -R); fi

counts=build/instructions
rm -rf "$counts"
mkdir -p "$counts"
step instructions-run "${fixed[@]}" valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no \
  --callgrind-out-file="$counts/out" build/release/bench/instructions run
build/release/bench/instructions "$verb" bench/instructions.json "$counts"/out.*
