#!/bin/sh
# Builds the fuzzers with clang and runs each from its committed corpus: fuzz/run.sh [SECONDS EACH] [BUILD FOLDER].
# Findings stay in the build folder as crash-*, with the command that repeats them. Exit code 0: nothing was found.
set -eu
seconds=${1:-30}
here=$(cd "$(dirname "$0")" && pwd)
build=${2:-$here/../build/fuzz}
jobs=${ULAM_JOBS:-$(nproc)}

launcher=
if command -v ccache >/dev/null; then launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
generator="Unix Makefiles"
if command -v ninja >/dev/null; then generator=Ninja; fi
cmake -S "$here" -B "$build" -G "$generator" -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER="${CXX:-clang++}" $launcher >/dev/null
cmake --build "$build" --parallel "$jobs"

corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
cp -r "$here"/corpus/. "$corpus"  # the new inputs go to the copy, so that the committed corpus stays as it is
# One a core, each with its words in one piece; a finding ends none of the others and fails the run.
echo safetensors npy json png_idx csv plan manifest ledger diffusers llama | tr ' ' '\n' |
  xargs -P "$jobs" -I NAME sh -c '
    words=$("$1/fuzz_NAME" -max_total_time="$2" -rss_limit_mb=2048 -timeout=10 -max_len=4096 -print_final_stats=1 \
      -verbosity=0 -print_funcs=0 -artifact_prefix="$1/crash-NAME-" "$3/NAME" 2>&1)
    code=$?
    printf "fuzz_NAME: %s s\n%s\n" "$2" "$words"
    exit $((code != 0))' - "$build" "$seconds" "$corpus"
