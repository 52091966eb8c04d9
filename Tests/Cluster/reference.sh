# What every check of Tests/Cluster/run has: a small data set, a configuration, one process's digest.

# All hosts see it there, wherever the project lies.
root=$CLUSTER/project
mkdir "$root"
cp -r "$(dirname "${BASH_SOURCE[0]}")/../../launch" "$root"
cd "$CLUSTER"
export LAUNCH_SSH=$CLUSTER_SSH LAUNCH_PATIENCE=5
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

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
