#!/usr/bin/env bash
# Builds the Python module against Debian's torch and runs its tests.
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/setup.sh python
bash scripts/build.sh release -DULAM_PYTHON=ON -DPython3_EXECUTABLE=/usr/bin/python3 ulam_python
say "testing the Python module"
OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} PYTHONPATH=$root/build/release/python \
  /usr/bin/python3 -m unittest discover -s python/tests
say "in this shell: export PYTHONPATH=$root/build/release/python"
