# What Tests/Cluster/run checks of launch/hosts.

# hosts_file NAME K:SLOTS…
hosts_file() {
  local file=$1 place
  shift
  for place in "$@"; do echo "node${place%:*} slots=${place#*:}"; done >"$file"
}

# over NAME K:SLOTS…: the run over hosts with so many ranks each.
over() {
  local name=$1
  shift
  hosts_file "$name.hosts" "$@"
  is 0 "$root/launch/hosts" "$name.hosts" train run.yaml --output "runs/$name" --trace "$name.json" --trace-steps 14..15
  has_digest "$name"
  grep -q '"host":"node1"' <(tr -d ' ' <"$name.json") || fail 'the trace names no host'
}

# Ranks of one host add up first, in order or in turn; one process's digest.
hosts_add_first() {
  hosts_file adding.hosts 1:2 2:2
  is 0 "$root/launch/hosts" adding.hosts bench allreduce --floats 10000 --seconds 0.1
  says '4 ranks on 2 hosts, hosts, float32, parts of'
  # Each of two hosts sends half of its sum, and the half that it has finished.
  says '10000 floats, 80000 bytes sent'
  is 0 "$root/launch/hosts" adding.hosts bench allreduce --floats 10000 --seconds 0.1 --all-reduce flat
  says '10000 floats, 240000 bytes sent'
  is 0 mpirun -n 4 --map-by node --hostfile adding.hosts --mca plm_rsh_agent "$CLUSTER_SSH" --bind-to none \
    "$CSG_PROGRAM" train run.yaml --output runs/adding --set compute.all_reduce=hosts
  has_digest adding
}

over_a_slow_link() {
  slow_host 2 20mbit
  over slow 1:2 2:2
  fast_host 2
}

# As Open MPI alone does it.
by_mpirun() {
  hosts_file plain.hosts 1:2 2:2
  is 0 mpirun -n 4 --hostfile plain.hosts --mca plm_rsh_agent "$CLUSTER_SSH" --bind-to none \
    "$CSG_PROGRAM" train run.yaml --output runs/plain
  has_digest plain
}

what_hosts_lack() {
  hosts_file lacking.hosts 1:1 2:1
  local train=("$root/launch/hosts" lacking.hosts train run.yaml --output runs/lacking)
  echo 'node9 slots=1' >>lacking.hosts
  is 69 "${train[@]}"
  says 'launch/hosts: node9: cannot be reached: '
  hosts_file lacking.hosts 1:1 2:1
  printf '#!/bin/sh\necho 0.0.9\n' >other
  chmod +x other
  on 2 mount --bind other "$CSG_PROGRAM"
  is 78 "${train[@]}"
  says "launch/hosts: node2: has another version of $CSG_PROGRAM: '0.0.9', here '"
  on 2 umount "$CSG_PROGRAM"
  on 2 mount -t tmpfs none data
  is 78 "${train[@]}"
  says 'launch/hosts: node2: data/train/manifest.json: no such file'
  is 0 "$root/launch/hosts" lacking.hosts -n 1 doctor # the first host suffices
  on 2 umount data
  on 2 mount -t tmpfs none runs
  is 78 "${train[@]}"
  says "launch/hosts: node2: does not share the folder $CLUSTER/runs"
  on 2 umount runs
  is 78 "$root/launch/hosts" lacking.hosts -n 3 doctor
  says 'launch/hosts: error: 3 ranks are asked for, and the hosts that can be used have slots for 2'
  [[ ! $(ls -A runs | grep launch-hosts) ]] || fail 'a file was left in runs'
}

stopped_and_resumed() {
  hosts_file stopped.hosts 1:2 2:2
  slow_host 2 2mbit
  "$root/launch/hosts" stopped.hosts train run.yaml --output runs/stopped &
  local job=$! status=0
  await 'step 5 '
  kill -USR1 "$job"
  wait "$job" || status=$?
  fast_host 2
  ((status == 75)) || fail "exit status $status, not 75"
  says "go on with: $root/launch/hosts stopped.hosts train run.yaml --output runs/stopped --resume auto"
  is 0 "$root/launch/hosts" stopped.hosts -n 3 train run.yaml --output runs/stopped --resume auto
  has_digest stopped
}

# While mpirun starts its daemons, at which it would end, with 0, and nothing done.
stopped_at_once() {
  hosts_file early.hosts 1:2 2:2
  "$root/launch/hosts" early.hosts train run.yaml --output runs/early &
  local job=$! status=0
  until grep -qsx mpirun $(sed 's/[0-9]\+/\/proc\/&\/comm/g' "/proc/$job/task/$job/children"); do sleep 0.02; done
  sleep 0.3
  kill -USR1 "$job"
  wait "$job" || status=$?
  ((status == 75)) || fail "exit status $status, not 75"
  is 0 "$root/launch/hosts" early.hosts train run.yaml --output runs/early --resume auto
  has_digest early
}

# The run ends within the ranks' 15 s and some more, and goes on when the host is there again.
a_link_is_cut() {
  hosts_file cut.hosts 1:2 2:2
  slow_host 2 2mbit
  "$root/launch/hosts" cut.hosts train run.yaml --output runs/cut &
  local job=$! status=0 start
  await 'step 6 '
  cut_host 2
  start=$SECONDS
  wait "$job" || status=$?
  echo "ended $((SECONDS - start)) s after the cut"
  ((status == 1)) || fail "exit status $status, not 1"
  ((SECONDS - start < 60)) || fail 'it took too long'
  says 'waited more than 15 s in '
  says 'Timeout, server node2 not responding.'
  says 'launch/hosts: error: a host was lost, or mpirun hung after its ranks had ended; the run goes on with --resume auto'
  mend_host 2
  fast_host 2
  await_host 2
  is 0 "$root/launch/hosts" cut.hosts train run.yaml --output runs/cut --resume auto
  has_digest cut
}

# The rank that stops is alone on its host: no other one sees its memory.
a_lone_rank_stops() {
  hosts_file alone.hosts 1:2 2:1
  slow_host 2 2mbit
  "$root/launch/hosts" alone.hosts train run.yaml --output runs/alone &
  local job=$! status=0 process
  await 'step 6 '
  for process in $(pgrep -x csg-dist); do
    grep -qzx 'OMPI_COMM_WORLD_RANK=2' "/proc/$process/environ" && grep -qzx runs/alone "/proc/$process/cmdline" &&
      kill -STOP "$process"
  done
  wait "$job" || status=$?
  fast_host 2
  ((status != 0)) || fail 'exit status 0'
  says 'rank 2 hangs (no answer from node2)'
  is 0 "$root/launch/hosts" alone.hosts train run.yaml --output runs/alone --resume auto
  has_digest alone
}

# Of two hosts one dies; the supervisor goes on with the other's ranks.
a_host_is_killed() {
  local kill=$1
  hosts_file "$kill.hosts" 1:2 "$kill:2"
  slow_host "$kill" 2mbit
  "$root/launch/supervise" -- "$root/launch/hosts" "$kill.hosts" -n 4 train run.yaml --output "runs/$kill" &
  local job=$! status=0
  await 'step 6 '
  kill_host "$kill"
  wait "$job" || status=$?
  ((status == 0)) || fail "exit status $status, not 0"
  says 'of 4 ranks 2 can be started'
  says 'resuming after step '
  has_digest "$kill"
}

# What launch/k8s-mpijob.yaml and launch/k8s-trainjob.yaml have pods do, done by hosts: an sshd of a user's own, that
# user's ranks, its commands; and once more with the names of hosts and the environment that a TrainJob gives.
as_pods() {
  local file=$root/launch/k8s-mpijob.yaml sshd ssh k user=(setpriv --reuid 1000 --regid 1000 --clear-groups)
  sshd=$(sed -n '/ssh-keygen/,/UsePAM=no/p' "$file" | tr -s ' \n' ' ')
  ssh=$(sed -n 's/^ *value: \(ssh .*\)/\1/p' "$file")
  [[ $sshd == *sshd*UsePAM* && $ssh ]] || fail "$file has no sshd, or no ssh"
  mkdir -p home/.ssh
  cp ssh/user home/.ssh/id_ed25519
  cp ssh/user.pub home/.ssh/authorized_keys
  chown -R 1000:1000 home
  chmod 1777 runs
  { echo "csg:x:1000:1000::$CLUSTER/home:/bin/bash"; cat /etc/passwd; } >passwd
  mount --bind passwd /etc/passwd
  for k in 1 2; do
    on "$k" mount --bind passwd /etc/passwd
    on "$k" "${user[@]}" sh -c "$sshd" &
  done
  export HOME=$CLUSTER/home LAUNCH_SSH=$ssh
  for k in 1 2; do
    for _ in {1..50}; do "${user[@]}" $ssh "node$k" true && break; sleep 0.1; done
  done
  hosts_file pods.hosts 1:2 2:2
  is 0 "${user[@]}" "$root/launch/supervise" -- "$root/launch/hosts" pods.hosts \
    -n 4 train run.yaml --output runs/pods
  [[ $(stat -c %u runs/pods/checkpoints) == 1000 ]] || fail 'another user has written it'
  has_digest pods
  for k in 1 2; do echo "10.0.0.$k csg-dist-node-0-$((k - 1)).csg-dist" >>"$CLUSTER/names"; done
  printf 'csg-dist-node-0-%d.csg-dist slots=2\n' 0 1 >trainjob.hosts
  export OMPI_MCA_orte_default_hostfile=$PWD/trainjob.hosts OMPI_MCA_orte_keep_fqdn_hostnames=true
  export OMPI_MCA_orte_set_default_slots=2 OMPI_MCA_plm_rsh_args='-o ConnectionAttempts=10'
  is 0 "${user[@]}" "$root/launch/supervise" -- "$root/launch/hosts" trainjob.hosts \
    -n 4 train run.yaml --output runs/trainjob
  has_digest trainjob
}

short_hosts() {
  check '2 hosts, 2 ranks each: one digest' over two 1:2 2:2
  check 'ranks of a host add up first' hosts_add_first
  check 'what a host lacks is named' what_hosts_lack
}

all_hosts() {
  check '1 host, 4 ranks: one digest' over one 1:4
  short_hosts
  check '4 hosts, 1 rank each: one digest' over four 1:1 2:1 3:1 4:1
  check '2 hosts, 3 ranks and 1: one digest' over uneven 1:3 2:1
  check '2 hosts at 20 Mbit/s: one digest' over_a_slow_link
  check 'mpirun with a hostfile: one digest' by_mpirun
  if "${CSG_INTEROP_PYTHON:-python3}" -c 'import yaml, jsonschema' 2>/dev/null; then
    check 'the files for Kubernetes fit their definitions' is 0 "${CSG_INTEROP_PYTHON:-python3}" "$here/kubernetes.py"
  else
    skip 'the files for Kubernetes fit their definitions' 'no Python with PyYAML and jsonschema (CSG_INTEROP_PYTHON)'
  fi
  check 'what an MPIJob and a TrainJob of Kubernetes have pods do, as a user: one digest' as_pods
  check 'stopped by SIGUSR1, resumed with fewer ranks' stopped_and_resumed
  check 'stopped as it begins' stopped_at_once
  check 'a link is cut: a clear end, then the same digest' a_link_is_cut
  check 'a rank that is alone on its host stops, and is named' a_lone_rank_stops
  check 'a host is killed: supervised, the rest goes on' a_host_is_killed 4
}
