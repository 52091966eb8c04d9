"""Three steps of alternate training in float64, for csg-dist's training step to reproduce.

usage: alternate.py [--input FOLDER]

FOLDER holds Fashion-MNIST as IDX .gz (Debian's dataset-fashion-mnist). Writes alternate.safetensors
beside this script, repeats the run in float32, and prints how far that is from float64: mostly the
few ReLUs whose input is so near 0 that rounding decides its sign, so theta's figure is erratic.

The run: ResNet-20 on the first 42 training images in source order, 14 a step; a batch is cut into 4
contiguous replicas (4, 4, 3, 3), each normalised by its own statistics; paths gated, standard,
gated, each with a momentum of its own; G takes a plain step in gated steps and is projected.

The file, with theta's tensors NAME in torchvision's order and layout:
  images U8 [3, 14, 28, 28], labels I32 [3, 14]     the three batches
  gate.initial F32 [10, 64]                         G before the first step
  initial.NAME F32 [<= 8]                           first elements of theta before the first step
  losses, cross_entropies F64 [3]                   whole loss; cross-entropy without its factor
  gate.update F64 [10, 64]                          G after the run - before
  update.NAME F16, scale.NAME F64 [1]               theta after the run - before = scale * update
  running.NAME F32                                  the same of the running statistics

Sources: see training.py.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from training import (
    Run, check_philox, initial_gate, network_theta, read_batches, relative_error, train, updates)

RUN = Run(paths=("gated", "standard", "gated"), blocks=3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()

    images, labels = read_batches(folder, RUN)
    theta, gate = network_theta(RUN), initial_gate(RUN)
    result = train(RUN, images, labels, theta, gate, torch.float64)
    update = updates(result, theta, gate)

    scale = {name: np.abs(tensor).max() for name, tensor in update["theta"].items()}
    half = {name: (u / scale[name]).astype(np.float16) for name, u in update["theta"].items()}
    tensors = {
        "images": images,
        "labels": labels,
        "gate.initial": gate,
        "gate.update": update["G"]["gate"],
        "losses": result["losses"],
        "cross_entropies": result["cross_entropies"],
    }
    tensors |= {f"initial.{n}": t.reshape(-1)[:8] for n, t in theta.items()}
    tensors |= {f"update.{n}": t for n, t in half.items()}
    tensors |= {f"scale.{n}": np.array([s]) for n, s in scale.items()}
    tensors |= {f"running.{n}": t.astype(np.float32) for n, t in update["running"].items()}
    path = Path(__file__).with_name("alternate.safetensors")
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes, losses {result['losses']}")
    print(f"cross-entropies {result['cross_entropies']}")

    single = train(RUN, images, labels, theta, gate, torch.float32)
    single_update = updates(single, theta, gate)
    stored = {name: half[name].astype(np.float64) * scale[name] for name in half}
    print("relative errors of float32:")
    for group in update:
        print(f"  {group:8} {relative_error(single_update[group], update[group]):.2e}")
    print(f"  losses   {np.abs(single['losses'] / result['losses'] - 1).max():.2e}")
    print(f"relative error of theta's float16: {relative_error(stored, update['theta']):.2e}")


if __name__ == "__main__":
    main()
