#!/usr/bin/env bash
# Runs clang-tidy over the sources of all rooms, or over those that are given.
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh tidy
# A configuration of its own: clang cannot read GCC's precompiled header.
say "configuring build/tidy"
step configure-tidy cmake -S . -B build/tidy -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER= \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DULAM_CCACHE=OFF
files=("$@")
if ((${#files[@]} == 0)); then mapfile -t files < <(git ls-files 'ulam/*.cpp'); fi
say "clang-tidy over ${#files[@]} files"
printf '%s\0' "${files[@]}" | xargs -0 -P "$(jobs)" -n 4 clang-tidy -p build/tidy --quiet
