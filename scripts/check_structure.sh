#!/usr/bin/env bash
# Checks the shape of the source tree: rooms include only rooms above them, headers stay light, no circles, files
# stay small, every source has its test. Usage: check_structure.sh [project root]. Exit code 1 lists what is wrong.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# In the order of docs/design.md: a room may include itself and what stands before it.
rooms="base io kernels path model problems measure guide draw choose steer learn run reproduce all c cli"

complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT
complain() { # headline as the argument, the complaint's lines on stdin; often the end of a pipe, so it notes in a file
  local lines
  lines=$(cat)
  if [[ -n $lines ]]; then printf '%s\n%s\n' "$1" "$(sed 's/^/  /' <<<"$lines")" >>"$complaints"; fi
}

files=$(find ulam -name '*.h' -o -name '*.cpp' -o -name '*.h.in' | sort)
headers=$(grep '\.h$' <<<"$files")

# shellcheck disable=SC2086
awk -v order="$rooms" '
  BEGIN { n = split(order, names, " "); for (i = 1; i <= n; ++i) rank[names[i]] = i }
  FNR == 1 { split(FILENAME, part, "/"); room = part[2]; sub(/^c\.h$/, "c", room); if (!(room in rank)) print FILENAME ": unknown room " room }
  /^[ \t]*#[ \t]*include[ \t]*"/ {
    match($0, /"[^"]*"/); target = substr($0, RSTART + 1, RLENGTH - 2); split(target, to, "/"); sub(/^c\.h$/, "c", to[2])
    if (to[1] != "ulam") print FILENAME ": include \"" target "\" by its full name ulam/room/file.h"
    else if (!(to[2] in rank)) print FILENAME ": includes the unknown room " to[2]
    else if (rank[to[2]] > rank[room]) print FILENAME ": room " room " includes " target ", which stands below it"
  }' $files | complain "A room may include only rooms above it:"

# shellcheck disable=SC2086
grep -HnE '#[ ]*include[ ]*<(ATen|torch|c10)/' $headers |
  grep -vE '<(ATen/core/Tensor\.h|c10/[^>]*)>' |
  complain "A header may include of libtorch ATen/core/Tensor.h and c10/ at most:" || true

# shellcheck disable=SC2086
grep -HnE '#[ ]*include[ ]*<torch/(torch\.h|nn|optim)' $files | grep -vE '^ulam/(model|learn)/' |
  complain "torch/nn and torch/optim belong to model/ and learn/:" || true

# shellcheck disable=SC2086
grep -HnE '#[ ]*include[ ]*<(ATen|torch|c10)/' $files | grep -E '^ulam/(base|io)/' |
  complain "base/ and io/ see no libtorch:" || true

circles=$(
  # shellcheck disable=SC2086
  awk '/^[ \t]*#[ \t]*include[ \t]*"ulam\// { match($0, /"[^"]*"/); print FILENAME, substr($0, RSTART + 1, RLENGTH - 2) }' \
    $headers | tsort 2>&1 >/dev/null || true)
complain "Headers that include one another in a circle:" <<<"$circles"

# shellcheck disable=SC2046
wc -l $(find ulam tests -name '*.h' -o -name '*.cpp' | sort) | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines" }' |
  complain "Files over 500 lines:"

for source in $(grep '\.cpp$' <<<"$files" | grep -v '/main\.cpp$'); do
  name=${source#ulam/}
  [[ -e tests/${name%.cpp}_test.cpp ]] || echo "$source has no tests/${name%.cpp}_test.cpp"
done | complain "Every source has a test:"

# Sources of a room may be compiled together: a private constant or type of one must not meet another's.
# shellcheck disable=SC2046
awk '
  FNR == 1 { split(FILENAME, part, "/"); room = part[2]; hidden = 0 }
  /^namespace \{$/ { hidden = 1 }
  /^\}  \/\/ namespace$/ { hidden = 0 }
  hidden && /^(struct|class|enum class|enum|constexpr) / {
    line = $0
    gsub(/::/, "_", line)
    sub(/ final.*/, "", line)
    sub(/[ ]*(=|\{|\[|;|:|\().*/, "", line)  # up to what follows the name
    n = split(line, word, /[ *&]+/)
    name = word[n]
    if ((room, name) in where && where[room, name] != FILENAME)
      print FILENAME ": " name " is also in " where[room, name]
    where[room, name] = FILENAME
  }' $(find ulam -name '*.cpp' | sort) | complain "Private names that two sources of a room share:"

# Tests of a room may be compiled together: helpers of one must not meet those of another.
for test in $(find tests -name '*_test.cpp' -o -name '*_long.cpp' | sort); do
  stem=$(basename "$test" .cpp)
  ! grep -q '^namespace ulam' "$test" || grep -qE "^namespace ulam(::[a-z_]+)*::$stem \{" "$test" || echo "$test"
done | complain "A test's helpers stand in a namespace of its own, namespace ulam::NAME_test {:"

if [[ -s $complaints ]]; then
  cat "$complaints"
  exit 1
fi
echo "structure: $(wc -l <<<"$files") files in order"
