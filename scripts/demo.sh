#!/usr/bin/env bash
# Builds the command and draws a page of pictures with the shipped model.
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh demo
without_tests=()
if [[ ! -e build/release/build.ninja ]]; then without_tests=(-DULAM_TESTS=OFF); fi
bash scripts/build.sh release "${without_tests[@]}" ulam
say "drawing 64 pictures with the shipped model fashion"
./build/release/ulam draw fashion -n 64 -o demo.png
say "the page of pictures is $root/demo.png"
