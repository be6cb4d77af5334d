#!/usr/bin/env bash
# Installs Ulam under a temporary prefix and builds a foreign project against it, once with find_package and once with
# pkg-config; both programs must run. Usage: run.sh SOURCE BUILD CMAKE COMPILER
set -euo pipefail
source=$1 build=$2 cmake=$3 compiler=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log"

"$cmake" -S "$source/tests/install" -B "$work/build" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/prefix" ${Torch_DIR:+-DTorch_DIR="$Torch_DIR"}
"$cmake" --build "$work/build"
"$work/build/foreign"
"$work/build/foreign_c"

if ! command -v pkg-config >/dev/null; then
  echo "pkg-config is not installed: that half is left out"
  exit 0
fi
# The prefix was chosen at installation, after the file was configured: pkg-config may move it.
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name ulam.pc)")
export PKG_CONFIG_PATH
read -ra flags < <(pkg-config --define-variable=prefix="$work/prefix" --cflags --libs ulam)
"$compiler" -O1 "$source/tests/install/foreign.cpp" -o "$work/foreign" "${flags[@]}"
"$work/foreign"
