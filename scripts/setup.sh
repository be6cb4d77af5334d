#!/usr/bin/env bash
# Installs the Debian packages that a task needs and that are missing: setup.sh demo|test|bench|instructions|fuzz|python|tidy|format
# A second run finds a stamp and does nothing. Without apt-get it names what must be there.
set -euo pipefail
source "$(dirname "$0")/common.sh"

task=${1:-test}
packages="g++ cmake ninja-build ccache pkg-config libtorch-dev libopenblas0-pthread libfmt-dev nlohmann-json3-dev
  libcli11-dev liblemon-dev libpng-dev zlib1g-dev"
case $task in
  demo) ;;
  test) packages+=" libgtest-dev librandom123-dev dataset-fashion-mnist" ;;
  bench) ;;
  instructions) packages+=" valgrind" ;;
  fuzz) packages+=" clang libclang-rt-14-dev" ;;
  python) packages+=" python3-torch pybind11-dev python3-dev" ;;
  tidy) packages+=" libgtest-dev librandom123-dev clang-tidy" ;;
  format) packages="clang-format" ;;
  *)
    say "setup.sh: unknown task $task, valid: demo, test, bench, instructions, fuzz, python, tidy, format"
    exit 2
    ;;
esac

stamp=build/.setup-$task-$(cksum <"$0" | cut -d' ' -f1)
[[ -e $stamp ]] && exit 0

if ! command -v apt-get >/dev/null; then
  say "this is not a Debian system; assuming that the counterparts of these packages are installed:" $packages
  touch "$stamp"
  exit 0
fi

missing=()
for package in $packages; do
  [[ $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) == "install ok installed" ]] || missing+=("$package")
done

as_root=()
if ((EUID != 0)); then as_root=(sudo); fi
if ((${#missing[@]})); then
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    say "these packages are missing and there is no sudo; install them as root: apt-get install ${missing[*]}"
    exit 1
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # The package lists may be old or absent: fetch them only when the installation needs it.
  install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  }
  refresh() { "${as_root[@]}" apt-get update && install; }
  if ! install >build/logs/setup-first.log 2>&1; then step setup-packages refresh; fi
fi

# Debian's libtorch calls whatever libblas.so.3 is; the reference BLAS multiplies matrices 30 times slower.
if [[ $task != format ]]; then
  for library in /usr/lib/*/libblas.so.3 /usr/lib/*/liblapack.so.3; do
    [[ -e $library && $(readlink -f "$library") != *openblas* ]] || continue
    folder=$(dirname "$library")
    name=$(basename "$library")-$(basename "$folder")
    best=$(update-alternatives --list "$name" 2>/dev/null | grep openblas | head -n 1 || true)
    if [[ -z $best ]]; then
      say "warning: $library is not OpenBLAS, matrix products will be slow"
      continue
    fi
    say "pointing $library to OpenBLAS"
    step setup-blas "${as_root[@]}" update-alternatives --set "$name" "$best"
  done
fi
touch "$stamp"
