# How Tests/Cluster/run and Tests/Cluster/container check, in the folder CLUSTER.

failed=0
mkdir "$CLUSTER/said"

# check TITLE COMMAND…: runs the command, which says why it fails; keeps what was said.
check() {
  local title=$1 start=$SECONDS verdict=ok
  shift
  transcript=$CLUSTER/said/${title//[^A-Za-z0-9]/-}.txt
  : >"$transcript"
  ("$@") >>"$transcript" 2>&1 || { verdict=FAILED; failed=$((failed + 1)); }
  printf '%-8s %s (%d s)\n' "$verdict" "$title" "$((SECONDS - start))"
  [[ $verdict == ok ]] || tail -n 25 "$transcript" | sed 's/^/           /'
}

skip() { printf '%-8s %s: %s\n' SKIPPED "$1" "$2"; }

verdict() {
  if [[ ${CSG_ARTIFACTS:-} ]]; then
    mkdir -p "$CSG_ARTIFACTS"
    cp "$CLUSTER"/said/*.txt "$CSG_ARTIFACTS"
  fi
  ((failed == 0)) || { echo "$failed FAILED"; exit 1; }
}

# fail TEXT: ends a check.
fail() { echo "FAILED: $1"; exit 1; }

# is STATUS COMMAND…: the command's exit status is that.
is() {
  local expected=$1 status=0
  shift
  echo "\$ $*"
  "$@" || status=$?
  ((status == expected)) || fail "exit status $status, not $expected"
}

# says TEXT: what was said in this check has the text.
says() { grep -qF -- "$1" "$transcript" || fail "nobody said: $1"; }

# await TEXT [FILE]: until it is in the file (what was said in this check); fails after 60 s.
await() {
  local end=$((SECONDS + 60))
  until grep -qsF -- "$1" "${2:-$transcript}"; do
    ((SECONDS < end)) || fail "for 60 s nobody has said: $1"
    sleep 0.05
  done
}
