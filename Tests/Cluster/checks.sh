# How Tests/Cluster/run checks, and what every check has: a small data set, a configuration, one process's digest.

failed=0
# All hosts see it there, wherever the project lies.
root=$CLUSTER/project
mkdir "$root" "$CLUSTER/said"
cp -r "$(dirname "${BASH_SOURCE[0]}")/../../launch" "$root"
cd "$CLUSTER"
export LAUNCH_SSH=$CLUSTER_SSH LAUNCH_PATIENCE=5
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

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

# idx FOLDER PREFIX COUNT: the first images and labels of Fashion-MNIST.
idx() {
  local kind header bytes
  for kind in images-idx3:0803:784:0000001c0000001c labels-idx1:0801:1:; do
    IFS=: read -r kind magic bytes rest <<<"$kind"
    header=$(printf '0000%s%08x%s' "$magic" "$3" "$rest" | sed 's/../\\x&/g')
    { printf '%b' "$header"; zcat "$1/$2-$kind-ubyte.gz" | tail -c "+$((${#header} / 4 + 1))" | head -c "$((bytes * $3))"; } \
      >"idx/$2-$kind-ubyte" || true # zcat is cut off
  done
}

# 202 samples in batches of 50: 5 steps an epoch, the last of 2 samples for 4 replicas; three epochs, both paths.
make_data() {
  mkdir idx
  idx /usr/share/datasets/fashion-mnist train 202
  idx /usr/share/datasets/fashion-mnist t10k 120
  "$CSG_PROGRAM" prepare fashion-mnist --input idx --output data &>/dev/null
  cat >run.yaml <<'END'
name: tiny
model: { architecture: resnet8, channels: 1 }
data: { train: data/train, test: data/test, crop_padding: 2 }
batch_size: 50
epochs: 3
gate: { period: 2 }
checkpoint: { every_steps: 4, keep: 100 }
log: { every: 1 }
lockstep: { timeout_seconds: 15 }
END
}

# The run in one process.
reference() {
  "$CSG_PROGRAM" train run.yaml --output runs/reference 2>"$CLUSTER/said/reference.txt"
  digest=$("$CSG_PROGRAM" inspect runs/reference --digest)
}

# has_digest NAME: the run's last checkpoint is the reference's, and each step was recorded once.
has_digest() {
  local found steps
  found=$("$CSG_PROGRAM" inspect "runs/$1" --digest)
  echo "digest $found"
  [[ $found == "$digest" ]] || fail "the digest is $found, not $digest"
  steps=$(grep -o '"step":[0-9]*' <(grep '"kind":"step"' "runs/$1/metrics.jsonl") | tr -dc '0-9\n' | paste -sd' ')
  [[ $steps == "$(seq -s' ' 15)" ]] || fail "the recorded steps are $steps"
}
