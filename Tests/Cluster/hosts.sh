# What can be done to the hosts that Tests/Cluster/with-hosts makes; to be sourced by what runs beside them.
# K is a host's number: 1, 2, …

# first_process K: its number out here. All else of the host is below it.
first_process() { cat "$CLUSTER/host-$1"; }

# on K COMMAND…: runs a command on it.
on() {
  local k=$1
  shift
  nsenter --target "$(first_process "$k")" --mount --uts --ipc --net --pid --wd="$PWD" -- "$@"
}

# make_host K: also anew, after kill_host. Where CLUSTER_PIN is set, it has one core of this machine, in turn.
make_host() {
  local k=$1 outer first= pin=()
  [[ ! ${CLUSTER_PIN:-} ]] || pin=(taskset --cpu-list $(((k - 1) % $(nproc --all))))
  unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private \
    "${pin[@]}" bash -c '
      hostname "$0"
      mount -t tmpfs tmp /tmp
      mount -t tmpfs tmp "$CLUSTER/tmp"
      mount -t tmpfs shm /dev/shm
      mount -t tmpfs -o mode=755 run /run
      mkdir /run/sshd
      ip link set lo up
      until [[ $(ip -4 -oneline address show dev eth0 2>/dev/null) ]]; do sleep 0.05; done
      /usr/sbin/sshd -D -e -f "$CLUSTER/ssh/sshd" -o "ListenAddress=10.0.0.${0#node}" &
      while :; do sleep 3600 & wait $!; done' "node$k" &>"$CLUSTER/host-$k.log" </dev/null &
  outer=$!
  until [[ $first ]]; do
    sleep 0.05
    first=$(cat "/proc/$outer/task/$outer/children")
  done
  echo "${first% }" >"$CLUSTER/host-$k"
  ip link add name "cable$k" type veth peer name eth0 netns "${first% }" address "02:00:00:00:00:$(printf %02x "$k")"
  ip link set "cable$k" master cables up
  nsenter --target "${first% }" --net ip address add "10.0.0.$k/24" dev eth0
  nsenter --target "${first% }" --net ip link set eth0 up
  nsenter --target "${first% }" --net ip route add default via 10.0.0.254
}

# await_host K: until its sshd answers; fails after some 10 s.
await_host() {
  local end=$((SECONDS + 10))
  while ((SECONDS < end)); do
    $CLUSTER_SSH -o ConnectTimeout=1 "node$1" true 2>/dev/null && return
    sleep 0.1
  done
  echo "node$1 does not answer: $(cat "$CLUSTER/host-$1.log")" >&2
  return 1
}

# cut_host K, mend_host K: nothing passes its cable; both ends still see a link, as behind a switch that has died.
cut_host() { ip link set "cable$1" nomaster; }
mend_host() { ip link set "cable$1" master cables; }

# slow_host K RATE: both ways, in tc's words (20mbit); fast_host K: as before.
slow_host() {
  tc qdisc replace dev "cable$1" root tbf rate "$2" burst 32kbit latency 50ms
  on "$1" tc qdisc replace dev eth0 root tbf rate "$2" burst 32kbit latency 50ms
}

fast_host() {
  tc qdisc delete dev "cable$1" root
  on "$1" tc qdisc delete dev eth0 root
}

# kill_host K: as by its plug: nobody is told.
kill_host() {
  cut_host "$1"
  kill -KILL "$(first_process "$1")"
  ip link delete "cable$1" # else it goes with the host's network, some time later
}
