"""What `campaign`, `damage` and `mutations` share: a folder of pictures, a small run on them, and the program."""

import hashlib
import json
import os
import random
import struct
import subprocess
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 120

# The best epoch is the last, so that `best` moves at the end; two paths, saves within and after each epoch.
CONFIGURATION = """\
name: run
model: { architecture: resnet8, classes: 3 }
data: { train: data/train, test: data/test, crop_padding: 2 }
batch_size: 6
replicas: 2
epochs: 2
seed: 2
learning_rate: { standard: 0.02, gated: 0.02 }
gate: { period: 2 }
checkpoint: { every_steps: 2, keep: 2 }
log: { every: 1 }
compute: { threads: 1 }
"""


class Finished:
    """A finished program: its exit status (negative: the signal that ended it), and what it wrote."""

    def __init__(self, status, output, errors):
        self.status, self.output, self.errors = status, output.strip(), errors.strip()

    @property
    def last_line(self):
        return self.errors.rsplit("\n", 1)[-1]


class Program:
    """csg-dist, run in a folder."""

    def __init__(self, path):
        self.path = os.path.abspath(path)

    def run(self, arguments, folder, environment={}):
        """Runs it to its end; one that does not come to it has the status None."""
        try:
            process = subprocess.run(
                [self.path, *arguments], cwd=folder, env={**os.environ, **environment}, text=True, errors="replace",
                stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return Finished(None, "", f"no end after {PATIENCE_SECONDS} s")
        return Finished(process.returncode, process.stdout, process.stderr)

    def must(self, arguments, folder):
        """Runs what has to succeed, and returns its stdout."""
        finished = self.run(arguments, folder)
        if finished.status != 0:
            raise SystemExit(f"{' '.join(arguments)}: exit status {finished.status}\n{finished.errors}")
        return finished.output


def default_program():
    return os.environ.get("CSG_PROGRAM", str(ROOT / ".build/release/csg-dist"))


def png(width, height, pixels):
    """An uncompressed RGB picture as PNG; pixels [height][width][3]."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + pixels[3 * width * y:3 * width * (y + 1)] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))


def write_pictures(folder, train=6, test=3, side=18):
    """Three classes, each a faint hue under noise, as train/CLASS/*.png and val/CLASS/*.png."""
    noise = random.Random(0)
    for split, count in ("train", train), ("val", test):
        for label, name in enumerate(("blue", "green", "red")):
            place = Path(folder, split, name)
            place.mkdir(parents=True)
            for number in range(count):
                values = (noise.gauss(128 + (12 if i % 3 == label else 0), 60) for i in range(3 * side * side))
                pixels = bytes(min(255, max(0, round(value))) for value in values)
                (place / f"{number}.png").write_bytes(png(side, side, pixels))


def records(run):
    """The records of a run, without what is measured."""
    lines = Path(run, "metrics.jsonl").read_text().splitlines()
    kept = (json.loads(line) for line in lines)
    measured = ("seconds", "images_per_second", "all_reduce_overlap", "imbalance")
    return [{key: record[key] for key in record if key not in measured} for record in kept]


def contents(folder):
    """Digests of all files below a folder, by name; links by what they point at."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in files + folders:
            path = os.path.join(place, name)
            key = os.path.relpath(path, folder)
            if os.path.islink(path):
                found[key] = "-> " + os.readlink(path)
            elif not os.path.isdir(path):
                found[key] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return found
