# Shared by the scripts: lines that say what is being done, and a log that is shown when a step fails.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
mkdir -p build/logs

say() { printf '[ulam] %s\n' "$*"; }

# step NAME COMMAND...: runs the command with its output in build/logs/NAME.log; on failure shows the log's end.
step() {
  local name=$1 log=build/logs/$1.log
  shift
  if ! "$@" >"$log" 2>&1; then
    say "failed: $name; the end of $log:"
    tail -n 40 "$log"
    exit 1
  fi
}

# How many compilers fit: one a core, and 1.5 GB of memory each.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo 2>/dev/null || echo "$cores")
  ((memory < 1)) && memory=1
  echo $((cores < memory ? cores : memory))
}
