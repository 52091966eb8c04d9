# A fresh Debian, and a run that shows that csg-dist works there; for launch/deb and Tests/Cluster/container to source.

# fresh_debian FOLDER: of this machine's release, from its mirror, with its settings of apt; says why where it fails.
fresh_debian() {
  local release mirror said
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    sed -nE 's/^(deb (\[[^]]*\] )?|URIs: *)(https?:[^ ]+).*/\3/p;T;q' || true)
  said=$(debootstrap --variant=minbase "$release" "$1" ${mirror:+"$mirror"} 2>&1) || { tail -n 5 <<<"$said" >&2; return 1; }
  cp /etc/apt/apt.conf.d/* "$1/etc/apt/apt.conf.d/" 2>/dev/null || true
  cp /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || true
}

# pictures FOLDER: three classes of small pictures, in FOLDER/pictures.
pictures() {
  PYTHONPATH=$root/Tests/Faults python3 -c 'import field, sys; field.write_pictures(sys.argv[1], train=8, test=4)' "$1/pictures"
}

# smoke RANKS COMMAND…: in a folder with pictures; prints the digest of a run on so many ranks.
smoke() {
  local ranks=$1 launch=()
  shift
  cat >run.yaml <<END
name: smoke
model: { architecture: resnet8, classes: 3 }
data: { train: data/train, test: data/test }
batch_size: 8
replicas: 2
epochs: 2
gate: { period: 2 }
END
  if ((ranks > 1)); then launch=(mpirun --allow-run-as-root --oversubscribe -n "$ranks"); fi
  "$@" prepare image-folder --input pictures --output data --size 16 >&2 &&
    "${launch[@]}" "$@" train run.yaml --output run >&2 && "$@" inspect run --digest
}
