#!/usr/bin/env bash
# Configures and builds: build.sh PRESET [-DOPTION=VALUE...] [TARGET...]
set -euo pipefail
source "$(dirname "$0")/common.sh"

preset=${1:?usage: build.sh PRESET [-DOPTION=VALUE...] [TARGET...]}
shift
options=()
while [[ ${1:-} == -D* ]]; do
  options+=("$1")
  shift
done

key=build/$preset/.configured
wanted="${options[*]}"
# Without options an existing configuration stays as it is (ninja itself notices changed CMake files).
if [[ ! -e build/$preset/build.ninja || (-n $wanted && $(cat "$key" 2>/dev/null) != "$wanted") ]]; then
  # Warnings are errors with the compiler that the project is checked with; another compiler may know new ones.
  if [[ $(g++ -dumpversion 2>/dev/null) == 12* ]]; then options+=(-DULAM_WERROR=ON); fi
  say "configuring build/$preset"
  step "configure-$preset" cmake --preset "$preset" "${options[@]}"
  printf '%s' "$wanted" >"$key"
fi

targets=("$@")
say "building build/$preset on $(jobs) cores; the output is in build/logs/build-$preset.log"
ULAM_TELL_PROGRESS=1 step "build-$preset" ninja -C "build/$preset" -j "$(jobs)" "${targets[@]}"
