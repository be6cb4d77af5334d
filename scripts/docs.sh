#!/usr/bin/env bash
# Writes the table of methods in docs/methods/README.md anew from the catalogue, and docs/reproductions.md from real runs.
set -euo pipefail
source "$(dirname "$0")/common.sh"

bash scripts/build.sh release ulam
page=docs/methods/README.md
table=$(./build/release/ulam methods --markdown)
{
  sed '/<!-- table begins -->/q' "$page"
  printf '%s\n' "$table"
  sed -n '/<!-- table ends -->/,$p' "$page"
} >"$page.new"
mv "$page.new" "$page"
say "wrote $page"

page=docs/reproductions.md
{
  cat <<'TEXT'
# Reproductions

What the papers claim, beside what was measured by `ulam reproduce --all --markdown`, at equal evaluations where two methods are
compared. A verdict is decided by the numbers: *shown* needs a lead of two standard errors or agreement within the stated band;
*partly shown* means the right direction within the errors. Small experiments on problems with known answers show that a method is
what its paper says; they do not repeat a paper's figures on its own data. `make docs` writes this page.

TEXT
  # Exit code 1 says that something was not shown; the page tells what.
  ./build/release/ulam reproduce --all --markdown --quiet || [[ $? == 1 ]]
} >"$page.new"
mv "$page.new" "$page"
say "wrote $page"
