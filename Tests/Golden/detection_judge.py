"""The other program of detection's tests: pooled features by PyTorch, forests by scikit-learn.

usage: detection_judge.py WEIGHTS.safetensors OUTPUT SPLIT --mean a,b,c --std a,b,c [--subject network]

Reads what `csg-dist detect` left in OUTPUT of a CIFAR ResNet, whose test split is the folder SPLIT. Prints one
line of JSON:
  normal, attacked   largest difference of features of test samples from PyTorch's means over each convolution's
                     maps, as a part of the largest feature
  pictures           samples whose stored original differs from the split's
  ours, theirs       mean error rates of our forests and of scikit-learn's on the same draws of the largest size;
                     null where there is no scikit-learn
  draws              samples of a draw that are not where NumPy has them, of all
On failure: a message on stderr, exit status 1.

scikit-learn's random numbers are others, so that error rates agree on average alone.
"""

import argparse
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from judge import network, per_channel
from training import check_philox, philox

DETECTION = 25  # RandomPurpose.detection


def pooled(net, x):
    """The means behind every convolution [N, F], in the order of the parameters."""
    found = []

    def take(maps):
        found.append(maps.mean((2, 3)))
        return maps

    x = take(F.relu(net.bn1(net.conv1(x))))
    for layer in (net.layer1, net.layer2, net.layer3):
        for block in layer:
            y = take(F.relu(block.bn1(block.conv1(x))))
            y = block.bn2(block.conv2(y))
            if block.downsample:
                shortcut = block.downsample(x)
            else:
                shortcut = x[:, :, :: block.stride, :: block.stride]
                shortcut = F.pad(shortcut, (0, 0, 0, 0, block.padding, block.padding))
            x = take(F.relu(y + shortcut))
            if block.downsample:
                take(shortcut)
    return torch.cat(found, 1).numpy()


def permutation(count, seed, stream, first):
    """AddressedRandom.permutation: Fisher-Yates from the last place down."""
    order = list(range(count))
    elements = first + np.arange(count, dtype=np.uint64)
    counter = (elements & np.uint64(0xFFFFFFFF), elements >> np.uint64(32) << np.uint64(16), stream, DETECTION)
    w = philox(counter, (seed & 0xFFFFFFFF, seed >> 32))
    for i in range(count - 1, 0, -1):
        j = (int(w[1][i]) << 32 | int(w[0][i])) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def read_split(folder):
    images, labels = [], []
    for path in sorted(Path(folder).glob("shard-*.h5")):
        with h5py.File(path) as file:
            images.append(file["images"][:])
            labels.append(file["labels"][:])
    return np.concatenate(images), np.concatenate(labels)


def draw(labels, seed, stream, count):
    samples = []
    for c in range(labels.max() + 1):
        own = np.flatnonzero(labels == c)
        samples += [int(own[i]) for i in permutation(len(own), seed, stream, c << 32)[:count]]
    return sorted(samples)


class Table:
    """Features of one method: of normal and of attacked samples, by number."""

    def __init__(self, folder, subject, method, side):
        with h5py.File(folder / f"features/{subject}-normal-{side}.h5") as file:
            self.samples, self.normal = file["samples"][:], file["features"][:]
        with h5py.File(folder / f"features/{subject}-{method}-{side}.h5") as file:
            assert np.array_equal(self.samples, file["samples"][:])
            self.attacked, self.was_attacked = file["features"][:], file["was_attacked"][:]

    def pairs(self, samples):
        rows = np.searchsorted(self.samples, samples)
        rows = rows[self.was_attacked[rows] == 1]
        labels = np.repeat([0, 1], len(rows))
        return np.concatenate([self.normal[rows], self.attacked[rows]]), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights")
    parser.add_argument("output", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--mean", type=per_channel, required=True)
    parser.add_argument("--std", type=per_channel, required=True)
    parser.add_argument("--subject", default="network")
    arguments = parser.parse_args()
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ImportError:
        RandomForestClassifier = None
    torch.set_num_threads(1)
    check_philox()
    document = json.loads((arguments.output / "detection.json").read_text())
    settings = document["settings"]
    methods = sorted(settings["attacks"])
    net = network(load_file(arguments.weights))
    folder, subject = arguments.output, arguments.subject

    result = {"normal": 0.0, "attacked": 0.0, "pictures": 0, "draws": 0, "ours": [], "theirs": []}

    def compare(kind, pictures, features):
        x = (torch.from_numpy(pictures) - arguments.mean) / arguments.std
        with torch.no_grad():
            theirs = pooled(net, x)
        difference = float(np.abs(theirs - features).max() / np.abs(theirs).max())
        result[kind] = max(result[kind], difference)

    images, labels = {}, {}
    for side in ("train", "test"):
        images[side], labels[side] = read_split(arguments.data / side)
    for method in methods:
        table = Table(folder, subject, method, "test")
        original = images["test"][table.samples].transpose(0, 3, 1, 2)
        with h5py.File(folder / f"attacks/{subject}-{method}-test.h5") as file:
            result["pictures"] += int((file["original_u8"][:] != original).any((1, 2, 3)).sum())
            compare("attacked", file["adversarial"][:], table.attacked)
        compare("normal", original.astype(np.float32) / 255, table.normal)

        train = Table(folder, subject, method, "train")
        size = settings["per_class"][-1]
        drawn = {"train": set(), "test": set()}
        for repeat in range(settings["repeats"]):
            draws = {}
            for stream, (side, count) in enumerate(
                    [("train", size), ("test", settings["test_per_class"])]):
                draws[side] = draw(labels[side], settings["seed"], 2 * repeat + stream, count)
                drawn[side] |= set(draws[side])
            if RandomForestClassifier is None:
                continue
            forest = RandomForestClassifier(settings["trees"], random_state=repeat, n_jobs=1)
            forest.fit(*train.pairs(draws["train"]))
            x, y = table.pairs(draws["test"])
            result["theirs"].append(float((forest.predict(x) != y).mean()))
        for side, found in (("train", train), ("test", table)):
            result["draws"] += len(drawn[side] ^ set(found.samples.tolist()))
        cell = document[subject]["methods"][method]["sizes"][-1]
        result["ours"].append(cell["error"]["mean"])
    for name in ("ours", "theirs"):
        result[name] = float(np.mean(result[name])) if result[name] else None
    print(json.dumps(result))


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sys.exit(f"detection_judge.py: {type(error).__name__}: {error}")
