"""What `launch/faults` injects: kinds of faults by name. Each is given a trial, and returns what its run came to."""

import os
import shutil
import signal
import subprocess
import time

from trial import FLIPPED, LONG, REPLICAS, STEPS_AN_EPOCH, Skipped, send

NEVER = 10 ** 6  # steps between two verified ones: none comes, but saves are waited for, and the state rests then
STALL_SECONDS = 4  # lockstep.timeout_seconds where a rank stops for good
SIGNALS = {"SIGTERM": signal.SIGTERM, "SIGUSR1": signal.SIGUSR1, "SIGINT": signal.SIGINT}
WRITES = {"create", "mkdir", "write", "pwrite", "writev", "rename", "symlink", "fsync", "ftruncate", "unlink"}

# ---- Faults


def kill_of_a_rank(trial):
    trial.at_either("SIGKILL")
    return trial.attempt()


def kill_of_mpirun(trial):
    trial.on_ranks(2)
    trial.at_either("SIGSTOP")

    def meddle(job, process):
        send(job.mpirun(), signal.SIGKILL)
        send(process, signal.SIGCONT)
    return trial.attempt(meddle)


def kill_of_all(trial):
    trial.at_either("SIGSTOP")

    def meddle(job, _):
        for number, *_ in job.members():
            send(number, signal.SIGKILL)
    return trial.attempt(meddle)


def a_stop_for_good(trial):
    trial.on_ranks(2)
    trial.sets = (f"lockstep.timeout_seconds={STALL_SECONDS}",)
    trial.at_work(signal.SIGSTOP)
    # Not the last of the run: nobody waits for a rank then.
    finished = trial.attempt()
    finished["named"] = finished["status"] == 0 or f"rank {trial.rank} hangs" in finished["text"]
    return finished


def a_stop_for_a_while(trial):
    trial.at_either("SIGSTOP")

    def meddle(_, process):
        time.sleep(trial.draw.uniform(0.05, 1))
        send(process, signal.SIGCONT)
    return trial.attempt(meddle)


def a_signal_to_stop(name):
    def inject(trial):
        if name == "SIGTERM" or trial.draw.random() < 0.5:
            trial.on_ranks(1)
            # mpirun answers SIGTERM and SIGINT by ending all; a rank, and a run without mpirun, saves.
            trial.at_either(name)
            return trial.attempt()
        trial.on_ranks(2)
        trial.at_either("SIGSTOP")

        def meddle(job, process):
            send(job.process.pid, SIGNALS[name])
            time.sleep(0.05)
            send(process, signal.SIGCONT)
        return trial.attempt(meddle)
    return inject


def a_crash(trial):
    trial.at_work(trial.draw.choice([signal.SIGSEGV, signal.SIGABRT, signal.SIGILL]))
    return trial.attempt()


def an_error(error, kinds=None, is_sticky=False):
    def inject(trial):
        trial.at_call(error, kinds)
        if is_sticky:
            trial.environment["FAULTS_STICKY"] = "1"
        return trial.attempt()
    return inject


def a_crash_point(trial):
    trial.rank = 0
    trial.at_call(trial.draw.choice(["kill-before", "kill-after"]), {"write", "pwrite", "fsync", "rename", "symlink"},
                  lambda kind, path: "checkpoints" in path)
    return trial.attempt()


def a_damaged_checkpoint(trial):
    trial.rank = 0
    trial.at_call("kill-after", {"rename"}, lambda kind, path: path.endswith(".h5"))
    finished = trial.attempt()
    names = sorted(path for path in (trial.run_folder / "checkpoints").glob("step-*.h5") if not path.is_symlink())
    if len(names) < 2:  # it was the only one
        return finished
    content = bytearray(names[-1].read_bytes())
    place = trial.draw.randrange(len(content))
    if trial.draw.random() < 0.5:
        content = content[:place]
        trial.moment += f", cut at {place}"
    else:
        content[place] ^= 1 << trial.draw.randrange(8)
        trial.moment += f", a bit at {place}"
    names[-1].write_bytes(content)
    return finished


def mount(*arguments):
    if os.geteuid() != 0 or subprocess.run(["mount", *arguments], capture_output=True).returncode != 0:
        raise Skipped("mounting needs root")


def with_disk(inject):
    """The run's folder lies on a file system of its own, in memory."""
    def injected(trial):
        out = trial.place / "out"
        out.mkdir()
        mount("-t", "tmpfs", "-o", "size=64m", "csg-faults", str(out))
        try:
            return inject(trial)
        except BaseException:
            subprocess.run(["umount", "-l", str(out)], capture_output=True)
            raise
    return injected


@with_disk
def a_full_disk(trial):
    kibibytes = trial.draw.randrange(8, 5000)
    trial.moment = f"{kibibytes} KiB"
    out = str(trial.place / "out")
    mount("-o", f"remount,size={kibibytes}k", out)
    finished = trial.attempt()
    mount("-o", "remount,size=64m", out)
    return finished


@with_disk
def a_read_only_folder(trial):
    trial.at_call("SIGUSR1", matches=lambda kind, path: path.startswith("out"))
    stopped = trial.attempt()
    out = str(trial.place / "out")
    mount("-o", "remount,ro", out)
    try:
        status, line = trial.resume()
    finally:
        mount("-o", "remount,rw", out)
    if stopped["status"] != 0 and status not in (73, 74):
        stopped["fault"] = f"on a read-only folder {status}: {line}"
    return stopped


def a_folder_that_is_gone(trial):
    trial.at_either("SIGSTOP")
    aside = trial.place / "aside"

    def meddle(_, process):
        if trial.run_folder.exists():
            trial.run_folder.rename(aside)
        send(process, signal.SIGCONT)
    finished = trial.attempt(meddle)
    if aside.exists():
        shutil.rmtree(trial.run_folder, ignore_errors=True)
        aside.rename(trial.run_folder)
    return finished


# ---- Bits that flip


def a_flip(where, every, takes_all=False):
    """A bit of the state, of what a step computes or of what it receives, with replay every so many steps."""
    def inject(trial):
        trial.on_ranks(2 if where == "received" else 1)
        trial.sets = (*(LONG if every == 100 else FLIPPED), f"verify.replay_every={every or NEVER}",
                      *(["verify.replicas=all"] if takes_all else []))
        steps = STEPS_AN_EPOCH * (15 if every == 100 else 3)
        bit = trial.draw.randrange(32)
        if where in ("activation", "gradient", "received"):
            is_product = where != "received"
            work = trial.campaign.work(trial.ranks, trial.rank, trial.sets)["product" if is_product else "received"]
            a_step = work // steps
            step = trial.draw.randrange(steps)
            # The products of a replica: first those of the pass forward, a third of all.
            if is_product:
                held = len(range(trial.rank, REPLICAS, trial.ranks))
                a_replica = a_step // held
                forward = a_replica // 3
                within = (trial.draw.randrange(forward) if where == "activation"
                          else trial.draw.randrange(forward, a_replica))
                at = step * a_step + trial.draw.randrange(held) * a_replica + within + 1
            else:
                at = step * a_step + trial.draw.randrange(a_step) + 1
            trial.moment = f"bit {bit} of {'product' if is_product else 'received sum'} {at}"
            trial.environment |= {"FLIPS_IN": "product" if is_product else "received", "FLIPS_AT": str(at),
                                  "FLIPS_BIT": str(bit)}
            return trial.attempt()
        step = trial.draw.randrange(1, steps // 4) * 4 if every != 100 else trial.draw.randrange(1, 6) * 20
        name = f"step-{step:09d}.h5"
        patterns, tensor = trial.campaign.state(where, trial.sets, name, trial.draw)
        trial.environment |= {"FAULTS_MATCH": f"rename out/run/checkpoints/{name}", "FAULTS_AT": "1",
                              "FAULTS_DO": "SIGSTOP"}
        rank, trial.rank = trial.rank, 0  # it is rank 0 that rests at its file; the others wait for it
        trial.moment = f"bit {bit} of {tensor} of rank {rank}, after step {step}"
        found = False

        def meddle(job, process):
            nonlocal found
            if rank:
                time.sleep(0.2)  # until it waits
            victim = next(number for number, *_ in job.members() if job.rank(number) == rank)
            found = any(flip_in_memory(values, bit, victim) for values in patterns)
            send(process, signal.SIGCONT)
        finished = trial.attempt(meddle)
        if not found:
            raise Skipped(f"{tensor} was not found in the memory of rank {rank}")
        return finished
    return inject


def flip_in_memory(values, bit, process):
    """Flips a bit of one float wherever the values lie in a process's own memory; whether they were found."""
    found = False
    with open(f"/proc/{process}/mem", "r+b", buffering=0) as memory, open(f"/proc/{process}/maps") as maps:
        for line in maps.read().splitlines():
            fields = line.split()
            if len(fields) != 5 or fields[1] != "rw-p":
                continue
            start, end = (int(text, 16) for text in fields[0].split("-"))
            memory.seek(start)
            content = memory.read(end - start) or b""
            place = content.find(values)
            while place >= 0:
                byte = start + place + bit // 8
                memory.seek(byte)
                old = memory.read(1)[0]
                memory.seek(byte)
                memory.write(bytes([old ^ 1 << bit % 8]))
                found, place = True, content.find(values, place + 1)
    return found


STATES = {"θ": "parameters", "G": "gate", "momentum": "optimizer", "statistics": "buffers"}

KINDS = {
    "SIGKILL of a rank": kill_of_a_rank,
    "SIGKILL of mpirun": kill_of_mpirun,
    "SIGKILL of all": kill_of_all,
    "SIGSTOP for good": a_stop_for_good,
    "SIGSTOP for a while": a_stop_for_a_while,
    **{name: a_signal_to_stop(name) for name in SIGNALS},
    "a rank crashes": a_crash,
    "ENOSPC": an_error("ENOSPC", WRITES),
    "ENOSPC from there on": an_error("ENOSPC", {"create", "write", "pwrite", "rename", "fsync"}, is_sticky=True),
    "EIO": an_error("EIO"),
    "EMFILE": an_error(24, {"open", "create", "opendir"}),
    "EINTR": an_error(4, {"open", "create", "read", "pread", "write", "pwrite", "fsync", "flock"}),
    "short reads and writes": an_error("short", {"read", "pread", "write", "pwrite"}),
    "SIGKILL at a call of a save": a_crash_point,
    "a damaged checkpoint": a_damaged_checkpoint,
    "a full disk": a_full_disk,
    "a read-only folder": a_read_only_folder,
    "a folder that is gone": a_folder_that_is_gone,
}
VERIFIED = {"all replicas at 1": (1, True), "one replica at 1": (1,), "one at 10": (10,), "one at 100": (100,), "none": (0,)}
FLIPS = {f"a bit of {where}, {name}": a_flip(where, *how)
         for name, how in VERIFIED.items() for where in (*STATES, "activation", "gradient", "received")}
KINDS |= FLIPS
