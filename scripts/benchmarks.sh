#!/usr/bin/env bash
# Writes docs/benchmarks/solvers.md anew from real runs: every published solver on every grid that suits it beside the tuned plans.
# About an hour and a half on two idle cores; BENCHMARK_SAMPLES (32) and BENCHMARK_PROBLEMS (all) make it shorter.
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/build.sh release ulam
samples=${BENCHMARK_SAMPLES:-32}
problems=${BENCHMARK_PROBLEMS:-tp1 clusters pictures fashion}
page=docs/benchmarks/solvers.md
mkdir -p "$(dirname "$page")" build/benchmarks

# section NAME MODEL SAMPLES TEXT: its tables in build/benchmarks/NAME.md.
section() {
  local name=$1 model=$2 count=$3 text=$4 plans=() plan
  for plan in bench/plans/"$name"-*.json models/"$name"/plans/*.json; do
    [[ -f $plan ]] && plans+=(--plan "$plan")
  done
  say "$name"
  ./build/release/ulam compare "$model" --published --markdown --evaluations 4,5,6,8,10,12,16 \
    -n "$count" --trajectories "$count" --seed 1 "${plans[@]}" >"build/benchmarks/$name.tables"
  {
    printf '## %s\n\n%s\n\n' "$name" "$text"
    printf '    ulam compare %s --published --markdown --evaluations 4,5,6,8,10,12,16 \\\n' "$model"
    printf '      -n %s --trajectories %s --seed 1 --plan ...\n\n' "$count" "$count"
    cat "build/benchmarks/$name.tables"
  } >"build/benchmarks/$name.md"
}

# again NAME MODEL SAMPLES SOLVER...: appends a table of these solvers and the plans on more samples, of another seed.
again() {
  local name=$1 model=$2 count=$3 contenders=() c
  shift 3
  for c in "$@"; do contenders+=(--solver "$c"); done
  for c in bench/plans/"$name"-*.json models/"$name"/plans/*.json; do
    [[ -f $c ]] && contenders+=(--plan "$c")
  done
  say "$name again"
  ./build/release/ulam compare "$model" --markdown --evaluations 4,5,6,8,10,12,16 -n "$count" --trajectories "$count" --seed 21 \
    "${contenders[@]}" >"build/benchmarks/$name-again.tables"
  { printf 'The best of them and the plans on %s samples of another seed:\n\n' "$count" && cat "build/benchmarks/$name-again.tables"; } \
    >>"build/benchmarks/$name.md"
}

for name in $problems; do
  case $name in
    tp1) section tp1 tp1 2048 "Three Gaussians in one dimension, on the vp path; 2,048 samples." ;;
    clusters) section clusters clusters "$samples" \
      "Fifty smooth pictures of 3 x 32 x 32 numbers, each with six directions of its own; $samples samples." ;;
    pictures) section pictures bench/problems/pictures.json "$samples" \
      "The first 10,000 training pictures of Fashion-MNIST as a data set with its ideal denoiser; $samples samples." ;;
    fashion) section fashion fashion "$samples" \
      "The shipped network, classes in turn; $samples samples. The same pictures in other features: the model's card."
      again fashion fashion "$((8 * samples))" ipndm:order=3 ghvb unipc:order=2 deis:variable=logsnr,degree=2 ;;
    *) say "no problem is called $name; there are tp1, clusters, pictures, fashion" && exit 2 ;;
  esac
done

{
  cat <<'TEXT'
# Solvers at few evaluations

Root mean square distance of a number of a sample to the converged solution of the same equation from the same noise, with one
standard error over samples. Columns are evaluations a sample. Every published solver without noise stands with the best of its
grids; the samples that choose that grid are those it is judged on, which flatters it a little. Plans were made by `ulam tune` on
samples of another seed. `make benchmarks` writes this page.

TEXT
  for name in tp1 clusters pictures fashion; do
    [[ -f build/benchmarks/$name.md ]] && cat "build/benchmarks/$name.md" && echo
  done
} >"$page.new"
mv "$page.new" "$page"
say "wrote $page"
