"""A small training run that a fault disturbs, for `launch/faults`: its processes, what is drawn for it, its end."""

import os
import random
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from field import ROOT

REPLICAS, BATCH, SAMPLES, RANKS = 3, 6, 48, (1, 2, 3)
STEPS_AN_EPOCH = SAMPLES // BATCH
CONFIGURATION = f"""\
name: run
model: {{ architecture: resnet8, classes: 3 }}
data: {{ train: data/train, test: data/test, crop_padding: 2 }}
batch_size: {BATCH}
replicas: {REPLICAS}
epochs: 3
seed: 2
gate: {{ period: 2 }}
checkpoint: {{ every_steps: 4, keep: 3 }}
log: {{ every: 1 }}
compute: {{ threads: 1, convolution: gemm }}
"""
# Runs without evaluation, whose every product belongs to a step: 24 steps, or 120 where 100 steps lie between two
# verified ones.
FLIPPED = ("evaluate.every_epochs=0", "log.tensorboard=false", "checkpoint.keep=100")
LONG = (*FLIPPED, "epochs=15", "checkpoint.every_steps=20")
END_SECONDS = 90  # for a run to end


class Skipped(Exception):
    """What this machine cannot inject, and why."""


class Job:
    """A command in a session of its own, its stderr in a file."""

    def __init__(self, program, command, folder, environment, errors):
        self.program, self.errors = os.fsencode(program), errors
        with open(errors, "wb") as file:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
                start_new_session=True)
        self.started = time.monotonic()

    def members(self):
        """The session's processes that have not ended: number, parent, state and name."""
        found = []
        for place in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = place.read_text()
            except OSError:
                continue
            name = text[text.index("(") + 1:text.rindex(")")]
            state, parent, _, session = text[text.rindex(")") + 2:].split()[:4]
            if int(session) == self.process.pid and state != "Z":
                found.append((int(place.parent.name), int(parent), state, name))
        return found

    def rank(self, process):
        """The rank of a process of the program; None for mpirun and shells."""
        try:
            words = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
            name = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0]
        except OSError:
            return None
        if name != self.program:
            return None
        ranks = [word.split(b"=")[1] for word in words if word.startswith(b"OMPI_COMM_WORLD_RANK=")]
        return int(ranks[0]) if ranks else 0

    def stopped(self):
        """Waits until a process of the program has stopped by SIGSTOP; None where the job ends before."""
        while self.process.poll() is None and time.monotonic() < self.started + END_SECONDS:
            for number, _, state, _ in self.members():
                if state == "T" and self.rank(number) is not None:
                    return number
            time.sleep(0.01)
        return None

    def mpirun(self):
        return next((number for number, _, _, name in self.members() if name in ("mpirun", "orterun")), None)

    def end(self):
        """Waits for its end: exit status (None: not in time), and how many processes stay behind it."""
        left = max(0, self.started + END_SECONDS - time.monotonic())
        try:
            status = self.process.wait(left)
        except subprocess.TimeoutExpired:
            status = None
        end, behind = time.monotonic() + 15, []
        while status is not None and time.monotonic() < end:
            behind = [member for member in self.members() if self.rank(member[0]) is not None]
            if not behind:
                break
            time.sleep(0.05)
        for number, *_ in self.members():
            send(number, signal.SIGKILL)
        self.process.wait()
        return status, len(behind)

    def text(self):
        return Path(self.errors).read_text(errors="replace")


def send(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


class Trial:
    """An injection: what is drawn for it, its folder, and the run that it disturbs."""

    def __init__(self, campaign, number):
        self.campaign, self.number = campaign, number
        self.draw = random.Random(f"{campaign.seed}/{number}")
        self.kind = campaign.kinds[number % len(campaign.kinds)]
        self.ranks = self.draw.choice(RANKS)
        self.rank = self.draw.randrange(self.ranks)
        self.sets, self.environment, self.moment = (), {}, None
        self.place = None

    # Moments

    def on_ranks(self, least):
        self.ranks = self.draw.choice([ranks for ranks in RANKS if ranks >= least])
        self.rank = self.draw.randrange(self.ranks)

    def at_call(self, deed, kinds=None, matches=lambda kind, path: True):
        """The deed at a file-system call of the rank."""
        calls = [i for i, (kind, path) in enumerate(self.campaign.calls(self.ranks, self.rank), 1)
                 if (not kinds or kind in kinds) and matches(kind, path)]
        if not calls:  # a rank other than 0 writes nothing
            self.rank = 0
            self.at_call(deed, kinds, matches)
            return
        number = self.draw.choice(calls)
        self.moment = f"call {number}"
        self.environment |= {"FAULTS_AT": str(number), "FAULTS_DO": str(deed)}

    def at_work(self, number):
        """The signal at a matrix product or a received sum of the rank."""
        where = self.draw.choice(["product", "received"] if self.ranks > 1 else ["product"])
        most = self.campaign.work(self.ranks, self.rank)[where]
        at = self.draw.randint(1, most)
        self.moment = f"{where} {at} of {most}"
        self.environment |= {"FLIPS_IN": where, "FLIPS_AT": str(at), "FLIPS_SIGNAL": str(int(number))}

    def at_either(self, name):
        """The signal anywhere: at a call, or at work."""
        if self.draw.random() < 0.5:
            self.at_call({"SIGKILL": "kill-before"}.get(name, name))
        else:
            self.at_work(getattr(signal, name))

    # Runs

    def start(self, more=(), ranks=None, disturbed=True):
        ranks = ranks or self.ranks
        arguments = ["train", "run.yaml", "--output", "out/run", *more]
        for text in self.sets:
            arguments += ["--set", text]
        environment = {**os.environ, **self.campaign.environment, "TMPDIR": str(self.place / "tmp")}
        environment["OMPI_MCA_btl_vader_backing_directory"] = str(self.place / "tmp")
        if disturbed:
            environment |= {"LD_PRELOAD": f"{self.campaign.library('faults')} {self.campaign.library('flips')}",
                            "FAULTS_FOLDER": str(self.place), "FAULTS_LOG": str(self.place / "tmp" / "calls"),
                            **self.environment}
            if ranks > 1:
                environment |= {"FAULTS_RANK": str(self.rank), "FLIPS_RANK": str(self.rank)}
        program = [str(self.campaign.program)] if ranks == 1 else [str(ROOT / "launch" / "run"), str(ranks)]
        return Job(self.campaign.program, [*program, *arguments], self.place, environment, self.place / "errors")

    def met(self):
        """The call that the fault came at: threads come in another order each time."""
        calls = (self.place / "tmp" / "calls").read_text().splitlines()
        number = int(self.environment["FAULTS_AT"])
        met = calls[number - 1].split(" ", 1)[1] if number <= len(calls) else "not met"
        met = re.sub(rf"\.{re.escape(socket.gethostname())}(\.\d+)?", ".HOST", met)
        return re.sub(r"\.\d+\.partial", ".partial", met)

    def attempt(self, meddle=None):
        """The disturbed run to its end; `meddle` does something to it while the rank rests."""
        job = self.start()
        if meddle:
            process = job.stopped()
            if process is not None:
                meddle(job, process)
        status, behind = job.end()
        if "FAULTS_AT" in self.environment:
            self.moment += f": {self.met()}"
        return {"status": status, "behind": behind, "seconds": round(time.monotonic() - job.started, 1),
                "text": job.text()}

    def resume(self):
        ranks = self.draw.choice(RANKS)
        job = self.start(["--resume", "auto"], ranks=ranks, disturbed=False)
        status, _ = job.end()
        return status, job.text().strip().rsplit("\n", 1)[-1]

    @property
    def run_folder(self):
        return self.place / "out" / "run"
