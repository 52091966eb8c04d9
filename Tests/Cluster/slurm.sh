# A Slurm of its own on the hosts that Tests/Cluster/with-hosts makes; to be sourced after hosts.sh by what runs
# beside them. Its controller runs beside the hosts, as on a login node.

# start_slurm HOSTS CORES: on the first hosts, with so many cores on each, whatever the machine has; fails after some
# 20 s.
start_slurm() {
  local folder=$CLUSTER/slurm k
  export SLURM_CONF=$folder/slurm.conf
  mkdir -p "$folder/state"
  (umask 077 && head -c 64 /dev/urandom >"$folder/munge.key")
  # A job that is queued again waits for cred_expire; a host that is silent for SlurmdTimeout is down.
  cat >"$SLURM_CONF" <<END
ClusterName=csg
SlurmctldHost=login(10.0.0.254)
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=/run/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
SlurmdTimeout=15
KillWait=20
ReturnToService=2
PropagateResourceLimits=NONE
NodeName=node[1-$1] NodeAddr=10.0.0.[1-$1] CPUs=$2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
  start_munge "$folder" login
  slurmctld -D &>>"$folder/slurmctld.out" &
  for ((k = 1; k <= $1; k++)); do start_slurmd "$k"; done
  await_nodes "$1"
}

# await_nodes HOSTS: until so many are idle; fails after some 20 s.
await_nodes() {
  local end=$((SECONDS + 20))
  until [[ $(sinfo --noheader --format=%T,%D 2>/dev/null) == "idle,$1" ]]; do
    sleep 0.2
    if ((SECONDS > end)); then
      echo 'these nodes are not idle:' >&2
      sinfo >&2 || true
      tail -n 5 "$CLUSTER"/slurm/*.log "$CLUSTER"/slurm/*.out >&2
      return 1
    fi
  done
}

# start_munge FOLDER NAME [ON…]: a munged with the key of that folder, where the words before it lead.
start_munge() {
  local folder=$1 name=$2
  shift 2
  "$@" mkdir -p /run/munge
  "$@" munged --force --key-file="$folder/munge.key" --log-file="$folder/munge-$name.log" \
    --seed-file=/run/munge/seed --pid-file=/run/munge/pid &>>"$folder/munge-$name.out"
}

# start_slurmd K: on a host that has none; also anew.
start_slurmd() {
  local folder=$CLUSTER/slurm
  start_munge "$folder" "node$1" on "$1"
  on "$1" slurmd -D -N "node$1" &>>"$folder/slurmd-node$1.out" &
}
