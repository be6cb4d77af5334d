#!/usr/bin/env bash
# Writes docs/benchmarks/guidance.md anew from real runs: guidance terms on the shipped model at equal evaluations, by scale, and pairs.
# About 20 minutes on one idle core; BENCHMARK_SAMPLES (400) and BENCHMARK_EVALUATIONS (16) set how much is drawn, BENCHMARK_SIMS and
# BENCHMARK_RARITY name what `ulam learn` made (models/fashion-sims and models/fashion-minority where they are there).
set -euo pipefail
source "$(dirname "$0")/common.sh"

ulam=${ULAM:-build/release/ulam}
[[ -n ${ULAM:-} ]] || bash scripts/build.sh release ulam
samples=${BENCHMARK_SAMPLES:-400}
evaluations=${BENCHMARK_EVALUATIONS:-16}
data=/usr/share/datasets/fashion-mnist
sims=${BENCHMARK_SIMS:-models/fashion-sims}
rarity=${BENCHMARK_RARITY:-models/fashion-minority}
page=docs/benchmarks/guidance.md
mkdir -p docs/benchmarks build/benchmarks

common=(compare fashion --solver dpmpp --label cycle --evaluations "$evaluations" -n "$samples" --seed 1 --trajectories 0
  --data "$data:test" --what frechet,precision,recall,coverage,agreement --markdown --quiet)

# section NAME TEXT GUIDANCE...: its table in build/benchmarks/guidance-NAME.md. What was made before is kept.
section() {
  local name=$1 text=$2 guides=() g
  shift 2
  for g in "$@"; do guides+=(--guides "$g"); done
  say "$name"
  "$ulam" "${common[@]}" "${guides[@]}" >"build/benchmarks/guidance-$name.tables"
  { printf '## %s\n\n%s\n\n' "$name" "$text" && cat "build/benchmarks/guidance-$name.tables" && echo; } \
    >"build/benchmarks/guidance-$name.md"
}

section unguided "The model alone, and another set of real pictures in its place (the floor: what a perfect sampler would show)." none
"$ulam" measure "$data:train" "$data:test" -n "$samples" --what frechet,precision,recall,coverage --features fashion-features \
  >"build/benchmarks/guidance-floor.txt" 2>/dev/null || true
section cfg "Classifier-free guidance, its interval, and its projected form (apg)." cfg:scale=1.5 cfg:scale=2 cfg:scale=4 \
  cfg:scale=2,low=0.2,high=3 apg:scale=2 apg:scale=4
section autoguidance "Away from a less trained model." autoguidance:model=fashion-weak,scale=1.25 \
  autoguidance:model=fashion-weak,scale=1.5 autoguidance:model=fashion-weak,scale=2
section disturbed "Away from the model with modules disturbed." pag:strength=0.5 pag:strength=1 pag:strength=2 seg:strength=1 \
  slg:strength=0.3
section classifiers "Along a classifier, with and without its gradient." cg:classifier=fashion-classifier,scale=1 \
  cg:classifier=fashion-classifier,scale=3 gfcg:classifier=fashion-features,strength=1,high=5 \
  gfcg:classifier=fashion-features,strength=2,high=5
[[ -f $sims/model.json ]] && section sims "Away from the copy that was fine-tuned on the model's own draws." \
  "sims:model=$sims,omega=0.25" "sims:model=$sims,omega=0.5" "sims:model=$sims,omega=1" "sims:model=$sims,omega=2"
[[ -f $rarity/model.json ]] && section minority "Towards the rarest bin, and (bin=0) the commonest." \
  "minority:classifier=$rarity,scale=1" "minority:classifier=$rarity,scale=3" "minority:classifier=$rarity,bin=0,scale=3"
section pairs "Pairs." cfg:scale=1.5+autoguidance:model=fashion-weak,scale=1.25 \
  cfg:scale=1.5,low=0.2,high=3+pag:strength=0.5 autoguidance:model=fashion-weak,scale=1.25+cg:classifier=fashion-classifier,scale=1

{
  cat <<TEXT
# Guidance at equal evaluations

$samples draws of \`fashion\`, classes in turn, by \`dpmpp\` at the most steps that $evaluations evaluations a sample pay for: an evaluation is one
row through one network, whatever its size, and what guidance asks is paid out of the same $evaluations. Against as many real test pictures in
the features of \`fashion-features\`, which is also the classifier of \`agreement\` (and steers gfcg: there its agreement is no judge). Each
figure with one standard error; the Fréchet distance of sets this small is biased upwards alike in all rows. Which scale is best was not
chosen on other draws, so the best row of a table flatters itself a little. \`make benchmarks-guidance\` writes this page.

TEXT
  for name in unguided cfg autoguidance disturbed classifiers sims minority pairs; do
    [[ -f build/benchmarks/guidance-$name.md ]] && cat "build/benchmarks/guidance-$name.md"
    [[ $name == unguided && -s build/benchmarks/guidance-floor.txt ]] && {
      echo 'Real training pictures in place of draws:' && echo && sed 's/^/    /' build/benchmarks/guidance-floor.txt && echo
    }
  done
  true
} >"$page.new"
mv "$page.new" "$page"
say "wrote $page"
