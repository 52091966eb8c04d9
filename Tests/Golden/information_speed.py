"""How much faster than scikit-learn csg-dist estimates M, on the same numbers, a thread each.

usage: information_speed.py PROGRAM [--shape N,K,C]... [--rounds R] [--ranks P]... [--least X]

Writes rectified features of N samples and K filters into an analysis.h5, then in each of R rounds (3)
times in turn mutual_info_classif(features, y == c, random_state=0) for each of the C classes, and
`PROGRAM bench information --features` on each number of ranks P (1 and 2). Prints a line a round, and
the medians' ratio. Both programs must find the same MIS, to within 1e-6, and no ratio may be below
X (20): else it exits with 1. Shapes by default: 10000,64,10 (CIFAR-10, ResNet-20) and 1700,2048,6
(PASCAL, ResNet-152).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import h5py
import numpy as np
from sklearn.feature_selection import mutual_info_classif


def write(path, n, k, c):
    random = np.random.default_rng(5)
    labels = random.integers(0, c, n)
    labels[:c] = range(c)
    owned = np.arange(k) % c == labels[:, None]
    features = np.maximum(0, random.normal(-0.4 + owned, 1)).astype(np.float32)
    with h5py.File(path, "w") as file:
        file["labels"] = labels.astype(np.int32)
        file["network/features"] = features
    return features, labels


def theirs(features, labels):
    start = time.perf_counter()
    columns = [
        mutual_info_classif(features, labels == c, random_state=0)
        for c in range(labels.max() + 1)]
    return time.perf_counter() - start, np.stack(columns, 1).max(1).mean()


def ours(program, path, ranks):
    command = [program, "bench", "information", "--features", path, "--seconds", "1", "--json"]
    if ranks > 1:
        command = ["mpirun", "--quiet", "--oversubscribe", "-n", str(ranks), *command]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout)
    return result["seconds"], result["score"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--shape", action="append", type=lambda t: [int(n) for n in t.split(",")])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", action="append", type=int)
    parser.add_argument("--least", type=float, default=20)
    arguments = parser.parse_args()
    ranks = arguments.ranks or [1, 2]
    slow = []
    for shape in arguments.shape or ([10_000, 64, 10], [1700, 2048, 6]):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "analysis.h5")
            features, labels = write(path, *shape)
            reference, times = [], {p: [] for p in ranks}
            for _ in range(arguments.rounds):
                seconds, score = theirs(features, labels)
                reference.append(seconds)
                line = f"N, K, C = {shape}: scikit-learn {seconds:.2f} s"
                for p in ranks:
                    seconds, other = ours(arguments.program, path, p)
                    times[p].append(seconds)
                    line += f"  csg-dist on {p}: {seconds:.3f} s"
                    if not abs(other - score) <= 1e-6:
                        sys.exit(f"MIS {other}, scikit-learn's is {score}")
                print(line, flush=True)
            for p in ranks:
                ratio = statistics.median(reference) / statistics.median(times[p])
                print(f"{p} rank(s): {ratio:.1f} times as fast, MIS {score:.6f}")
                if ratio < arguments.least:
                    slow.append(f"N, K, C = {shape} on {p}: {ratio:.1f} times")
    if slow:
        sys.exit(f"less than {arguments.least:g} times as fast: " + "; ".join(slow))


if __name__ == "__main__":
    main()
