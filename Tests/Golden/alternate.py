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

Sources: the method is Algorithm 1 of "Training Interpretable CNNs by Differentiating Class-specific
Filters" (arXiv:2007.08194); SGD and batch norm are PyTorch's; the initial theta is csg-dist's for
seed 7 (Philox.swift, Initialization.swift), over Philox4x32-10 of Salmon et al., SC 2011, checked
by the known answers of Random123 (tests/kat_vectors).
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

from judge import CIFARResNet

SEED = 7
BATCH, REPLICAS = 14, 4
PATHS = ["gated", "standard", "gated"]
CLASSES, FILTERS = 10, 64
MEAN, STD = 0.2860, 0.3530
RATE, MOMENTUM, DECAY = 0.001, 0.9, 0.05
GATE_RATE, LAMBDA1, LAMBDA2 = 0.1, 0.8, 0.1
NORM_BOUND = 0.1 * CLASSES * FILTERS
STATISTICS_MOMENTUM = 0.1


# --- Random numbers, as Philox.swift and Initialization.swift address them ---


def philox(counter, key):
    """Philox4x32-10 of four counter words (arrays or numbers) under two key words."""
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    x0, x1, x2, x3 = (np.asarray(word, np.uint64) for word in counter)
    for turn in range(10):
        k0 = np.uint64((key[0] + turn * 0x9E3779B9) & 0xFFFFFFFF)
        k1 = np.uint64((key[1] + turn * 0xBB67AE85) & 0xFFFFFFFF)
        a, b = np.uint64(0xD2511F53) * x0, np.uint64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = (b >> shift) ^ x1 ^ k0, b & mask, (a >> shift) ^ x3 ^ k1, a & mask
    return x0, x1, x2, x3


def check_philox():
    ones = 0xFFFFFFFF
    pi = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0]
    for words, answer in (
        ([0] * 6, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([ones] * 6, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (pi, [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
    ):
        assert [int(word) for word in philox(words[:4], words[4:])] == answer


def signed_units(stream, elements, attempt=0):
    """Two numbers in [-1, 1) for each element of a tensor."""
    initialization = 3
    high = elements >> 32 << 16 | attempt
    counter = (elements & 0xFFFFFFFF, high, stream, initialization)
    w = philox(counter, (SEED & 0xFFFFFFFF, SEED >> 32))
    unit = lambda low, high: ((high << np.uint64(32) | low) >> np.uint64(11)) * 2.0**-53
    return 2 * unit(w[0], w[1]) - 1, 2 * unit(w[2], w[3]) - 1


def normals(stream, count):
    """Marsaglia's polar method: a rejected pair moves on to the next attempt."""
    values, open_ = np.empty(count), np.arange(count)
    attempt = 0
    while open_.size:
        u, v = signed_units(stream, open_, attempt)
        square = u * u + v * v
        good = (square > 0) & (square < 1)
        s = square[good]
        values[open_[good]] = u[good] * np.sqrt(-2 * np.log(s) / s)
        open_, attempt = open_[~good], attempt + 1
    return values


def initial_theta(shapes):
    """float32 values of each (name, shape), in the order of the forward pass."""
    theta, filters = {}, dict(shapes)["fc.weight"][1]
    for stream, (name, shape) in enumerate(shapes):
        count = int(np.prod(shape))
        if len(shape) == 4:
            values = normals(stream, count) * np.sqrt(2 / (shape[0] * shape[2] * shape[3]))
        elif name.startswith("fc."):
            values = signed_units(stream, np.arange(count))[0] * (1 / np.sqrt(filters))
        else:
            values = np.full(count, 1.0 if name.endswith(".weight") else 0.0)
        theta[name] = values.astype(np.float32).reshape(shape)
    return theta


# --- The run ---


def read_batches(folder):
    """The images [3, 14, 28, 28] and labels [3, 14] of the run."""
    count = len(PATHS) * BATCH
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(16 + count * 784), np.uint8, offset=16)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + count), np.uint8, offset=8)
    return images.reshape(-1, BATCH, 28, 28), labels.reshape(-1, BATCH).astype(np.int32)


def project(gate):
    return (gate / gate.abs().amax(0)).clamp(0, 1)


def statistics_of(net):
    """Running statistics by name."""
    return {n: b.clone() for n, b in net.named_buffers() if "running" in n}


def train(images, labels, theta, gate, dtype):
    """Theta, G, running statistics, losses and cross-entropies after the run."""
    net = CIFARResNet(blocks=3, channels=1, classes=CLASSES).to(dtype)
    net.load_state_dict({n: torch.from_numpy(t) for n, t in theta.items()}, strict=False)
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1  # After a pass its buffers hold that batch's mean and unbiased variance.
    running = statistics_of(net)
    gate = torch.from_numpy(gate).to(dtype)
    optimizers = {
        path: torch.optim.SGD(net.parameters(), RATE, momentum=MOMENTUM, weight_decay=DECAY)
        for path in ("standard", "gated")
    }
    x = (torch.tensor(images).to(dtype)[:, :, None] / 255 - MEAN) / STD
    y = torch.tensor(labels).long()
    losses, cross_entropies = [], []

    for step, path in enumerate(PATHS):
        gate = gate.detach().requires_grad_()
        net.zero_grad()
        cross_entropy, batch_statistics = 0, []
        for part in np.array_split(np.arange(BATCH), REPLICAS):
            features = net.features(x[step, part])
            if path == "gated":
                features = features * gate[y[step, part]]
            logits = net.fc(features)
            cross_entropy += F.cross_entropy(logits, y[step, part], reduction="sum") / BATCH
            batch_statistics.append(statistics_of(net))
        loss = cross_entropy
        if path == "gated":
            norm = gate.sum()  # Entries are >= 0; unlike abs, this has the derivative 1 at 0 too.
            loss = LAMBDA1 * cross_entropy + LAMBDA2 * F.relu(norm - NORM_BOUND)
        loss.backward()
        optimizers[path].step()
        if path == "gated":
            gate = project(gate.detach() - GATE_RATE * gate.grad)
        for name in running:
            mean = sum(statistics[name] for statistics in batch_statistics) / REPLICAS
            running[name] = (1 - STATISTICS_MOMENTUM) * running[name] + STATISTICS_MOMENTUM * mean
        losses.append(loss.item())
        cross_entropies.append(cross_entropy.item())

    return {
        "theta": {n: p.detach().double().numpy() for n, p in net.named_parameters()},
        "running": {n: s.double().numpy() for n, s in running.items()},
        "gate": gate.detach().double().numpy(),
        "losses": np.array(losses),
        "cross_entropies": np.array(cross_entropies),
    }


def updates(result, theta, gate):
    """What the run changed, by group, then name."""
    return {
        "theta": {n: after - theta[n] for n, after in result["theta"].items()},
        "running": {n: s - float(n.endswith("running_var")) for n, s in result["running"].items()},
        "G": {"gate": result["gate"] - gate},
    }


def relative_error(tensors, reference):
    """||tensors - reference|| / ||reference|| over all tensors of a group together."""
    norm = lambda parts: np.sqrt(sum(np.sum(part**2) for part in parts))
    return norm(tensors[n] - reference[n] for n in reference) / norm(reference.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()

    images, labels = read_batches(folder)
    net = CIFARResNet(blocks=3, channels=1, classes=CLASSES)
    theta = initial_theta([(name, tuple(p.shape)) for name, p in net.named_parameters()])
    gate = np.random.default_rng(3).uniform(0.2, 1.0, (CLASSES, FILTERS)).astype(np.float32)
    result = train(images, labels, theta, gate, torch.float64)
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

    single = train(images, labels, theta, gate, torch.float32)
    single_update = updates(single, theta, gate)
    stored = {name: half[name].astype(np.float64) * scale[name] for name in half}
    print("relative errors of float32:")
    for group in update:
        print(f"  {group:8} {relative_error(single_update[group], update[group]):.2e}")
    print(f"  losses   {np.abs(single['losses'] / result['losses'] - 1).max():.2e}")
    print(f"relative error of theta's float16: {relative_error(stored, update['theta']):.2e}")


if __name__ == "__main__":
    main()
