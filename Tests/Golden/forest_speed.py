"""How much faster than scikit-learn csg-dist grows a random forest, on the same table, a thread each.

usage: forest_speed.py PROGRAM [--shape N,F,T]... [--rounds R] [--least X]

Writes rectified features of two classes into an analysis.h5, N samples of F features, then in each of R
rounds (3) times in turn RandomForestClassifier(T, n_jobs=1).fit and `PROGRAM bench forest --features`
(its median of five). Prints a line a round, and the medians' ratio. Out-of-bag accuracies of both may
differ by 0.02 at most, and no ratio may be below X (1): else it exits with 1. Shapes by default, of
ResNet-20's 688 features: 2000,688,100, 10000,688,30 and 40000,688,30. Needs scikit-learn and h5py.
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
from sklearn.ensemble import RandomForestClassifier


def write(path, samples, count):
    """Half of the features are 0, and one in sixteen is a little higher in class 1."""
    random = np.random.default_rng(5)
    labels = np.arange(samples) % 2
    shifts = 0.1 * labels[:, None] * (np.arange(count) % 16 == 0)
    features = np.maximum(0, random.random((samples, count)) - 0.5 + shifts).astype(np.float32)
    # csg-dist refuses HDF5's oldest format, which h5py writes unless told otherwise.
    with h5py.File(path, "w", libver="latest") as file:
        file["labels"] = labels.astype(np.int32)
        file["network/features"] = features
    return features, labels


def theirs(features, labels, trees, seed):
    forest = RandomForestClassifier(trees, n_jobs=1, random_state=seed)
    start = time.perf_counter()
    forest.fit(features, labels)
    return time.perf_counter() - start


def ours(program, path, trees):
    command = [program, "bench", "forest", "--features", path, "--trees", str(trees),
               "--seconds", "0.01", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout)
    return result["seconds"], result["out_of_bag_accuracy"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--shape", action="append", type=lambda t: [int(n) for n in t.split(",")])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--least", type=float, default=1)
    arguments = parser.parse_args()
    faults = []
    shapes = arguments.shape or ([2000, 688, 100], [10_000, 688, 30], [40_000, 688, 30])
    for samples, count, trees in shapes:
        shape = f"N, F, T = {samples}, {count}, {trees}"
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "analysis.h5")
            features, labels = write(path, samples, count)
            times = []
            for seed in range(arguments.rounds):
                their_seconds = theirs(features, labels, trees, seed)
                seconds, accuracy = ours(arguments.program, path, trees)
                times.append((their_seconds, seconds))
                print(f"{shape}: scikit-learn {their_seconds:.2f} s  csg-dist {seconds:.2f} s",
                      flush=True)
            judge = RandomForestClassifier(trees, oob_score=True, random_state=0)
            their_accuracy = judge.fit(features, labels).oob_score_
            ratio = np.divide(*(statistics.median(column) for column in zip(*times)))
            print(f"{shape}: {ratio:.2f} times as fast, out-of-bag accuracy {accuracy:.4f}, "
                  f"scikit-learn's {their_accuracy:.4f}", flush=True)
            if ratio < arguments.least:
                faults.append(f"{shape}: {ratio:.2f} times as fast")
            if not abs(accuracy - their_accuracy) <= 0.02:
                faults.append(f"{shape}: accuracy {accuracy}, scikit-learn's {their_accuracy}")
    if faults:
        sys.exit("; ".join(faults))


if __name__ == "__main__":
    main()
