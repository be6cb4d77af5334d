#!/usr/bin/env bash
# Writes docs/benchmarks/guidance.md anew from real runs: guidance terms on the shipped model at equal evaluations, by scale, and pairs.
# About an hour on one idle core; BENCHMARK_SAMPLES (600) and BENCHMARK_EVALUATIONS (24) set how much is drawn, BENCHMARK_MANY (2500) how
# much for the distances of better draws, BENCHMARK_SIMS and BENCHMARK_RARITY name what `ulam learn` made (the shipped fashion-sims and fashion-minority). A table that is in build/benchmarks is kept:
# remove it to have it measured anew.
set -euo pipefail
source "$(dirname "$0")/common.sh"

ulam=${ULAM:-build/release/ulam}
[[ -n ${ULAM:-} ]] || bash scripts/build.sh release ulam
samples=${BENCHMARK_SAMPLES:-600}
many=${BENCHMARK_MANY:-2500}
evaluations=${BENCHMARK_EVALUATIONS:-24}
data=/usr/share/datasets/fashion-mnist
sims=${BENCHMARK_SIMS:-fashion-sims}
rarity=${BENCHMARK_RARITY:-fashion-minority}
page=docs/benchmarks/guidance.md
mkdir -p docs/benchmarks build/benchmarks

common=(compare fashion --solver dpmpp --label cycle --trajectories 0 --data "$data:test" --markdown --quiet)

# columns: a table of `ulam compare --markdown` without the columns that do not differ from row to row, and without those of single classes.
columns() {
  awk -F ' *[|] *' '
    !head { for (i = 2; i < NF; ++i) if ($i !~ /^(budget|evaluations|remarks)$|\//) keep[++kept] = i; head = 1; $2 = "guidance" }
    { sub(/^dpmpp ?/, "", $2); if ($2 == "") $2 = "none"; line = "|"
      for (k = 1; k <= kept; ++k) line = line " " ($2 ~ /^-+$/ || $2 == "guidance" || k > 1 ? $keep[k] : "`" $2 "`") " |"
      print line }'
}

# section NAME TITLE TEXT GUIDANCE...: its table in build/benchmarks/guidance-NAME.md. What was made before is kept. `count` draws, `at` evaluations,
# `what` measured.
section() {
  local name=$1 title=$2 text=$3 guides=() g file=build/benchmarks/guidance-$1
  shift 3
  for g in "$@"; do guides+=(--guides "$g"); done
  if [[ ! -s $file.tables ]]; then
    say "$name"
    "$ulam" "${common[@]}" --evaluations "$at" -n "$count" --seed "$seed" --what "$what" "${guides[@]}" >"$file.new"
    mv "$file.new" "$file.tables"
  fi
  { printf '## %s\n\n%s\n\n' "$title" "$text" && columns <"$file.tables" && echo; } >"$file.md"
}

count=$samples seed=1 what=frechet,precision,recall,knn,rarest,agreement at=$((evaluations / 2)),$evaluations
weak=autoguidance:model=fashion-weak
section unguided "No guidance" "The model alone, also at half of the evaluations: as many steps as the guided draws have." none
at=$evaluations
floor=build/benchmarks/guidance-floor.txt
[[ -s $floor ]] || "$ulam" measure "$data:train" "$data:test" -n "$samples" --seed 1 --features fashion-features --quiet \
  --what frechet,precision,recall,knn,rarest:model=fashion,agreement >"$floor"
section autoguidance "Autoguidance" "Away from a less trained model." "$weak,scale=1.25" "$weak,scale=1.5" "$weak,scale=2"
section sims "SIMS" "Away from the copy that was fine-tuned on the model's own draws." "sims:model=$sims,omega=0.25" \
  "sims:model=$sims,omega=0.5" "sims:model=$sims,omega=1"
section cfg "Classifier-free guidance" "Alone, in an interval of sigma, rescaled, as CFG++ and as CFG-Zero* projects." cfg:scale=1.5 cfg:scale=2 cfg:scale=4 \
  cfg:scale=2,low=0.2,high=3 cfg:scale=4,rescale=0.7 cfg:form=plusplus,scale=0.6 cfg:form=projected,scale=2
section apg "Adaptive projected guidance" "Without what lies along the answer." apg:scale=2 apg:scale=4
section disturbed "Disturbed modules" "Away from the model with modules disturbed." pag:strength=0.5 pag:strength=1 pag:strength=2 seg:strength=0.5 \
  seg:strength=1 slg:strength=0.3 slg:strength=0.6
section classifiers "Classifiers" "Along a classifier, with and without its gradient." cg:classifier=fashion-classifier,scale=1 \
  cg:classifier=fashion-classifier,scale=3 gfcg:classifier=fashion-features,strength=1,high=5 \
  gfcg:classifier=fashion-features,strength=2,high=5 gfcg:classifier=fashion-features,model=fashion-weak,strength=1,high=5
section minority "Minority guidance" "Towards the rarest tenth, and (bin=0) the commonest." "minority:classifier=$rarity,scale=1" \
  "minority:classifier=$rarity,scale=3" "minority:classifier=$rarity,scale=6" "minority:classifier=$rarity,bin=0,scale=3"
section pairs "Pairs" "Two terms at once." "cfg:scale=1.5+$weak,scale=1.25" cfg:scale=1.5,low=0.2,high=3+pag:strength=0.5 \
  "$weak,scale=1.25+cg:classifier=fashion-classifier,scale=1" "sims:model=$sims,omega=0.5+$weak,scale=1.25" \
  "minority:classifier=$rarity,scale=3+$weak,scale=1.25" "minority:classifier=$rarity,scale=3+cfg:scale=1.5"
count=$many seed=2 what=frechet
section distances "Distances of more draws" "Of what promises better draws: $many draws of another seed, for a surer Fréchet distance." none "$weak,scale=1.5" \
  "$weak,scale=2" "sims:model=$sims,omega=0.5" "sims:model=$sims,omega=1"
at=$((evaluations / 2))
section halved "The same without guidance, at half of the evaluations" "As many steps as the guided draws have." none

{
  cat <<TEXT
# Guidance at equal evaluations

$samples draws of \`fashion\`, classes in turn, by \`dpmpp\` at the most steps that $evaluations evaluations a sample pay for: an evaluation is one
row through one network, whatever its size, and what guidance asks is paid out of the same $evaluations. Against as many real test pictures in
the features of \`fashion-features\`, which is also the classifier of \`agreement\` (and steers gfcg: there its agreement is no judge).
\`knn\` is the mean distance to the five nearest real pictures, \`rarest\` the share of draws among the rarest tenth of real pictures of
their class by what the unguided model loses of them ([measures](../measures.md)). Each figure with one standard error; the noise is the same
in all rows. The Fréchet distance of sets this small is biased upwards, alike in all rows; real pictures come in chance shares of classes, draws in
equal ones, which is why the training pictures are no nearer. Which scale is best was not chosen on other
draws, so the best row of a table flatters itself a little. \`make benchmarks-guidance\` writes this page.

TEXT
  for name in unguided cfg apg autoguidance sims disturbed classifiers minority pairs distances halved; do
    cat "build/benchmarks/guidance-$name.md"
    if [[ $name == unguided ]]; then
      echo 'Real training pictures in place of draws (what a perfect sampler would show):' && echo
      grep -E '^(measure|frechet|precision|recall|knn|rarest|agreement) ' "$floor" | sed 's/^/    /' && echo
    fi
  done
  [[ -f scripts/guidance_reading.md ]] && cat scripts/guidance_reading.md
  true
} >"$page.new"
mv "$page.new" "$page"
say "wrote $page"
