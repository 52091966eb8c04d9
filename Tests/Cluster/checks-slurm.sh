# What Tests/Cluster/run checks of launch/slurm.sbatch and launch/sweep.sbatch, on the first two hosts.

# submit NAME [OPTIONS…] -- ARGUMENTS…: a job of launch/slurm.sbatch, which writes to NAME.out; its number in `job`.
submit() {
  local name=$1 options=()
  shift
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  echo "\$ sbatch ${options[*]} launch/slurm.sbatch $*"
  job=$(sbatch --parsable --output="$name.out" "${options[@]}" "$root/launch/slurm.sbatch" "$@")
  echo "Submitted batch job $job"
}

# ended JOB STATE NAME: waits for the job's end, tells what it wrote, and that it ended so.
ended() {
  local end=$((SECONDS + 120)) state=
  until [[ $state =~ ^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL)$ ]]; do
    ((SECONDS < end)) || { squeue; cat "$3.out"; fail "for 120 s job $1 is $state"; }
    sleep 0.2
    state=$(scontrol show job "$1" | sed -n 's/^ *JobState=\([A-Z_]*\).*/\1/p')
  done
  cat "$3.out"
  [[ $state == "$2" ]] || fail "job $1 ended as $state, not $2"
}

# by_srun NAME OPTIONS…: a step of its own, without a batch script.
by_srun() {
  local name=$1
  shift
  is 0 srun --mpi=pmix "$@" "$CSG_PROGRAM" train run.yaml --output "runs/$name"
  has_digest "$name"
}

by_job() {
  local name=$1
  shift
  submit "$name" "$@" -- train run.yaml --output "runs/$name"
  ended "$job" COMPLETED "$name"
  has_digest "$name"
}

# What a user sees of a job that is asked to make room: submit, SIGUSR1, queued again, end.
queued_again() {
  submit again --nodes=2 --ntasks-per-node=2 -- train run.yaml --output runs/again
  slow_host 2 2mbit
  await 'step 5 ' again.out
  squeue --format='%i %j %T %D %R'
  echo "\$ scancel --batch --signal=USR1 $job"
  scancel --batch --signal=USR1 "$job"
  await 'the job is queued again' again.out
  fast_host 2
  squeue --format='%i %j %T %D %R'
  ended "$job" COMPLETED again
  says "start 2: 4 tasks on node[1-2]"
  has_digest again
}

# The job's time is over: Slurm itself asks.
out_of_time() {
  submit time --nodes=2 --ntasks-per-node=2 --time=1 --signal=B:USR1@55 -- train run.yaml --output runs/time
  slow_host 2 1mbit
  await 'the job is queued again' time.out
  fast_host 2
  ended "$job" COMPLETED time
  says 'start 2: 4 tasks'
  has_digest time
}

# A host is taken out of service: the job goes on with the one that is left.
drained() {
  submit drained --spread-job --nodes=1-2 --ntasks=4 -- train run.yaml --output runs/drained
  slow_host 2 2mbit
  await 'step 5 ' drained.out
  scontrol update NodeName=node2 State=DRAIN Reason=repair
  scontrol requeue "$job"
  fast_host 2
  ended "$job" COMPLETED drained
  scontrol update NodeName=node2 State=RESUME
  await_nodes 2
  says 'start 1: 4 tasks on node[1-2]'
  says 'start 2: 4 tasks on node1'
  says 'resuming after step '
  has_digest drained
}

# A host dies: Slurm sees that it is silent, and queues the job again.
killed() {
  submit killed --spread-job --nodes=1-2 --ntasks=4 -- train run.yaml --output runs/killed
  slow_host 2 2mbit
  await 'step 5 ' killed.out
  kill_host 2
  ended "$job" COMPLETED killed
  says 'start 1: 4 tasks on node[1-2]'
  says 'start 2: 4 tasks on node1'
  has_digest killed
}

cancelled() {
  submit cancelled --nodes=2 --ntasks-per-node=2 -- train run.yaml --output runs/cancelled
  slow_host 2 2mbit
  await 'step 5 ' cancelled.out
  scancel "$job"
  fast_host 2
  ended "$job" CANCELLED cancelled
  says 'stopped on request after saving'
  is 0 "$CSG_PROGRAM" train run.yaml --output runs/cancelled --resume auto
  has_digest cancelled
}

# Two recipes of three seeds.
sweep() {
  local seed recipe array
  {
    echo '# a run each'
    for seed in 1 2 3; do
      echo "name=csg-$seed seed=$seed"
      echo "name=std-$seed seed=$seed gate.schedule=standard"
    done
  } >settings
  cat settings
  trap 'tail -n 5 sweep-*.out compare.out 2>/dev/null' EXIT
  is 0 sbatch --wait --output=sweep-%a.out --array=1-6 --ntasks=2 "$root/launch/sweep.sbatch" settings run.yaml data
  array=$(sed -n 's/^Submitted batch job //p' "$transcript")
  is 0 sbatch --wait --output=compare.out --dependency="afterok:$array" --ntasks=1 "$root/launch/sweep.sbatch" \
    --compare settings
  cp compare.out "$CLUSTER/said/compare.txt"
  cat compare.out
  (($(tr -d ' \n' <runs/compared/compare.json | grep -o '"seeds":\[1,2,3\]' | wc -l) >= 2)) ||
    fail 'not two recipes of three seeds are compared'
  [[ -s runs/compared/compare.csv ]] || fail 'no runs/compared/compare.csv'
}

all_slurm() {
  if ! type -P slurmctld slurmd munged sbatch >/dev/null; then
    skip 'all that needs Slurm' 'launch/setup --cluster installs it'
    return
  elif ! start_slurm 2 4; then
    check 'Slurm comes up' false
    return
  fi
  check 'srun, 1 node: one digest' by_srun srun-1 --nodes=1 --ntasks=4
  check 'srun, 2 nodes: one digest' by_srun srun-2 --nodes=2 --ntasks=4
  LAUNCH_BY=mpirun check 'a job whose ranks mpirun starts: one digest' by_job by-mpirun --nodes=2 --ntasks-per-node=2
  check 'a job: SIGUSR1, queued again, end' queued_again
  check 'a job whose time is over is queued again' out_of_time
  check 'a job that is cancelled saves, and ends' cancelled
  check 'a drained node: the job goes on with the other' drained
  check 'a node is killed: the job goes on with the other' killed
  make_host 2
  await_host 2
  start_slurmd 2
  await_nodes 2
  check 'an array of six runs, compared' sweep
}
