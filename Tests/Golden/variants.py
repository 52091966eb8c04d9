"""Three steps of each way to train, in float64, for csg-dist's training step to reproduce.

usage: variants.py [--input FOLDER]

FOLDER holds Fashion-MNIST as IDX .gz (Debian's dataset-fashion-mnist). Writes variants.safetensors
beside this script, repeats the runs in float32, and prints how far those are from float64.

The runs: ResNet-8 on 42 training images, every third pixel of them, 14 a step; else as
alternate.py's, but for what RUNS says. A ReLU whose input is so near 0 that rounding decides its
sign would part float32 from float64, and Adam's first step, which is the gradient's sign, the more
so: a run begins at the first batch from which no input comes within MARGIN of 0.

The file, for each RUN and for theta's tensors NAME in torchvision's order and layout:
  RUN/first F32 [1]                       index of the first image
  RUN/gate.initial F32 [10, 64]           G before the first step
  RUN/gate.update F64 [10, 64]            G after the run - before
  RUN/losses, RUN/cross_entropies F64 [3] whole loss; cross-entropy without its factor (joint: STD)
  RUN/update.NAME F32 [<= 256]            elements 1009 i mod size of theta after the run - before
  RUN/running.NAME F32                    the same of the running statistics, all of them

Sources: see training.py.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.nn import functional as F

from training import (
    Run, check_philox, initial_gate, network_theta, read_batches, relative_error, train, updates)

MARGIN = 2e-5  # Of ReLU inputs from 0: some ten times the largest error of float32.
ALTERNATE, JOINT = ("standard", "gated", "gated"), ("joint", "joint", "joint")
BETWEEN = ("gated", "standard", "gated")
SMALL = {"blocks": 1, "side": 8, "stride": 3}
RUNS = {
    "joint": Run(JOINT, **SMALL),
    "fixed": Run(ALTERNATE, gate="fixed", **SMALL),
    "fixed-joint": Run(JOINT, gate="fixed", **SMALL),
    "adam": Run(ALTERNATE, optimizer="adam", gate="adam", gate_rate=0.01, **SMALL),
    "adam-joint": Run(JOINT, optimizer="adam", gate="adam", gate_rate=0.01, **SMALL),
    "momentum": Run(ALTERNATE, nesterov=True, gate="momentum", gate_rate=0.02, **SMALL),
    # One key after the other of those in which public recipes differ.
    "projection": Run(ALTERNATE, projection_shortcuts=True, **SMALL),
    "gate-decay": Run(ALTERNATE, gate_decay=0.3, **SMALL),
    "gate-momentum": Run(
        BETWEEN, gate="momentum", gate_rate=0.02, gate_momentum=0.8, gate_nesterov=True,
        gate_decay=0.3, **SMALL),
    "learns-in-all": Run(
        BETWEEN, gate="momentum", gate_rate=0.02, gate_decay=0.3, gate_in_all=True, **SMALL),
    "penalty-in-all": Run(BETWEEN, gate_in_all=True, penalty_in_all=True, **SMALL),
    "column": Run(ALTERNATE, density_bound=0.7, lambda3=0.05, column_bound=0.6, **SMALL),
    "unprojected": Run(ALTERNATE, projected=False, gate_rate=0.4, **SMALL),
    "shared": Run(BETWEEN, nesterov=True, gate="shared", rate=0.005, **SMALL),
    "shared-adam": Run(BETWEEN, optimizer="adam", gate="shared", gate_in_all=True, **SMALL),
    "clipped": Run(ALTERNATE, clip=0.5, gate_clip=1, **SMALL),
    # Both recipes whole, but for rates and sizes.
    "authors": Run(
        BETWEEN, nesterov=True, gate="shared", one_state=True, gate_in_all=True, penalty_in_all=True,
        density_bound=0, lambda2=0.05, lambda3=0.05, projection_shortcuts=True, **SMALL),
    "reimplementation": Run(
        ("standard", "gated", "standard"), gate="shared", one_state=True, gate_in_all=True,
        projected=False, rate=0.03, lambda2=1, **SMALL),
}


def sample(tensor):
    """At most 256 elements of a tensor, spread over it."""
    flat = tensor.reshape(-1)
    return flat[np.arange(min(flat.size, 256)) * 1009 % flat.size]


def settle(folder, run, theta, gate):
    """The run from the first batch that keeps the margin, its batches and its result."""
    relu, nearest = F.relu, []

    def watch(x):
        nearest.append(x.detach().abs().min().item())
        return relu(x)

    while True:
        images, labels = read_batches(folder, run)
        nearest.clear()
        with mock.patch.object(F, "relu", watch):
            result = train(run, images, labels, theta, gate, torch.float64)
        if min(nearest) > MARGIN:
            return run, images, labels, result
        run = replace(run, first=run.first + run.batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()

    tensors = {}
    for name, run in RUNS.items():
        theta, gate = network_theta(run), initial_gate(run)
        run, images, labels, result = settle(folder, run, theta, gate)
        update = updates(result, theta, gate)
        part = {
            "first": np.array([run.first], np.float32),
            "gate.initial": gate,
            "gate.update": update["G"]["gate"],
            "losses": result["losses"],
            "cross_entropies": result["cross_entropies"],
        }
        part |= {f"update.{n}": sample(u).astype(np.float32) for n, u in update["theta"].items()}
        part |= {f"running.{n}": u.astype(np.float32) for n, u in update["running"].items()}
        tensors |= {f"{name}/{key}": np.ascontiguousarray(value) for key, value in part.items()}

        single = train(run, images, labels, theta, gate, torch.float32)
        single_update = updates(single, theta, gate)
        print(f"{name}: from image {run.first}, losses {result['losses']}, relative errors of float32:")
        for group in update:
            print(f"  {group:8} {relative_error(single_update[group], update[group]):.2e}")
        print(f"  losses   {np.abs(single['losses'] / result['losses'] - 1).max():.2e}")

    path = Path(__file__).with_name("variants.safetensors")
    save_file(tensors, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
