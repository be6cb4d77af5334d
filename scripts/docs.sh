#!/usr/bin/env bash
# Writes the table of methods in docs/methods/README.md anew from the catalogue.
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
