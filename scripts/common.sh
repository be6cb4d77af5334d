# Shared by the scripts: lines that say what is being done, and a log that is shown when a step fails.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
mkdir -p build/logs

say() { printf '[ulam] %s\n' "$*"; }

# Says how far ninja is, from the "[done/all]" at the start of its lines, every 20 seconds until it is killed.
tell_progress() {
  local log=$1 count began=$SECONDS
  while sleep 20 >/dev/null 2>&1; do
    count=$(grep -oE '^\[[0-9]+/[0-9]+\]' "$log" 2>/dev/null | tail -n 1 | tr -d '[]' || true)
    [[ -z $count ]] && continue
    local done_=${count%/*} all=${count#*/}
    ((done_ > 0)) && say "  $done_ of $all steps, about $(((SECONDS - began) * (all - done_) / done_ + 1)) s left"
  done
}

# step NAME COMMAND...: runs the command with its output in build/logs/NAME.log; on failure shows the log's end.
step() {
  local name=$1 log=build/logs/$1.log teller=
  shift
  : >"$log"
  if [[ -n ${ULAM_TELL_PROGRESS:-} ]]; then
    tell_progress "$log" &
    teller=$!
  fi
  local code=0
  "$@" >"$log" 2>&1 || code=$?
  if [[ -n $teller ]]; then
    kill "$teller" 2>/dev/null || true
    wait "$teller" 2>/dev/null || true
  fi
  if ((code != 0)); then
    say "failed: $name; the end of $log:"
    tail -n 40 "$log"
    exit 1
  fi
}

# Cores that this process may use; nproc alone would obey OMP_NUM_THREADS.
cores() { env -u OMP_NUM_THREADS nproc; }

# How many compilers fit: one a core, and 1.5 GB of memory each.
jobs() {
  local cores memory
  cores=$(cores)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo 2>/dev/null || echo "$cores")
  ((memory < 1)) && memory=1
  echo $((cores < memory ? cores : memory))
}
