"""Three steps with batch norms over the global batch, in float64, for csg-dist to reproduce.

usage: sync.py [--input FOLDER]

FOLDER holds Fashion-MNIST as IDX .gz (Debian's dataset-fashion-mnist). Writes sync.safetensors beside
this script, repeats the run in float32, and prints how far that is from float64.

The run: ResNet-8 on every third pixel of the first 31 training images, in batches of 14, 14 and 3;
one BatchNorm2d over each whole batch, which is what synchronised statistics of any number of
replicas are; paths standard, gated, standard, each with a momentum of its own; G takes a plain step
in the gated one and is projected, without a density penalty. Theta begins as `start` says.

The file, for theta's tensors NAME in torchvision's order and layout:
  images F32 [31, 8, 8], labels F32 [31]   pixels from 0 to 255
  gate.update F64 [10, 64]                 G after the run - 0.5
  losses F64 [3]                           cross-entropy times lambda 1 where gated
  update.NAME F32 [<= 256]                 elements 1009 i mod size of theta after the run - before
  running.NAME F32                         the running statistics after the run

Sources: SGD and batch norm are PyTorch's; the method is Algorithm 1 of "Training Interpretable CNNs
by Differentiating Class-specific Filters" (arXiv:2007.08194).
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.nn import functional as F

from judge import CIFARResNet

BATCHES, PATHS = (14, 14, 3), ("standard", "gated", "standard")
CLASSES, FILTERS = 10, 64
MEAN, STD = 0.2860, 0.3530
RATE, MOMENTUM, DECAY = 0.001, 0.9, 0.05
GATE_RATE, LAMBDA1 = 0.1, 0.8


def start(number, name, shape):
    """The tensor of this number: element i is a multiple of (31 i^2 + 7919 i + 97 number) mod 2003,
    brought to [-1, 1]."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    value = (31 * i * i + 7919 * i + 97 * number) % 2003 / 1001 - 1
    if len(shape) == 4:
        value *= np.sqrt(6 / (shape[0] * shape[2] * shape[3]))
    elif name.startswith("fc."):
        value *= 1 / 8
    else:
        value = 0.2 * value + (1 if name.endswith("weight") else 0)
    return value.astype(np.float32).reshape(shape)


def read_samples(folder):
    count = sum(BATCHES)
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(16 + count * 784), np.uint8, offset=16)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + count), np.uint8, offset=8)
    return images.reshape(-1, 28, 28)[:, 3:25:3, 3:25:3], labels.astype(np.int64)


def train(images, labels, dtype):
    net = CIFARResNet(blocks=1, channels=1, classes=CLASSES)
    theta = {
        name: start(number, name, tuple(tensor.shape))
        for number, (name, tensor) in enumerate(net.named_parameters())
    }
    net.load_state_dict({n: torch.from_numpy(t) for n, t in theta.items()}, strict=False)
    net.to(dtype)
    gate = torch.full((CLASSES, FILTERS), 0.5, dtype=dtype)
    optimizers = {
        path: torch.optim.SGD(net.parameters(), RATE, momentum=MOMENTUM, weight_decay=DECAY)
        for path in ("standard", "gated")
    }
    x = (torch.tensor(images).to(dtype)[:, None] / 255 - MEAN) / STD
    y = torch.tensor(labels)
    losses, first = [], 0
    for count, path in zip(BATCHES, PATHS):
        part = slice(first, first + count)
        first += count
        gate.requires_grad_()
        net.zero_grad()
        features = net.features(x[part])
        if path == "gated":
            features = features * gate[y[part]]
        loss = F.cross_entropy(net.fc(features), y[part])
        if path == "gated":
            loss = LAMBDA1 * loss
        loss.backward()
        optimizers[path].step()
        if path == "gated":
            moved = gate.detach() - GATE_RATE * gate.grad
            gate = (moved / moved.abs().amax(0)).clamp(0, 1)
        losses.append(loss.item())
    return {
        "theta": {n: p.detach().double().numpy() - theta[n] for n, p in net.named_parameters()},
        "running": {
            n: b.double().numpy() for n, b in net.named_buffers() if "running" in n
        },
        "G": {"gate": gate.detach().double().numpy() - 0.5},
        "losses": {"losses": np.array(losses)},
    }


def sample(tensor):
    """At most 256 elements of a tensor, spread over it."""
    flat = tensor.reshape(-1)
    return flat[np.arange(min(flat.size, 256)) * 1009 % flat.size]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    images, labels = read_samples(folder)
    result = train(images, labels, torch.float64)

    tensors = {
        "images": images.astype(np.float32),
        "labels": labels.astype(np.float32),
        "gate.update": result["G"]["gate"],
        "losses": result["losses"]["losses"],
    }
    tensors |= {f"update.{n}": sample(u).astype(np.float32) for n, u in result["theta"].items()}
    tensors |= {f"running.{n}": t.astype(np.float32) for n, t in result["running"].items()}
    path = Path(__file__).with_name("sync.safetensors")
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes, losses {result['losses']['losses']}")

    single = train(images, labels, torch.float32)
    print("relative errors of float32:")
    norm = lambda parts: np.sqrt(sum(np.sum(part**2) for part in parts))
    for group, tensors in result.items():
        difference = norm(single[group][n] - tensors[n] for n in tensors)
        print(f"  {group:8} {difference / norm(tensors.values()):.2e}")


if __name__ == "__main__":
    main()
