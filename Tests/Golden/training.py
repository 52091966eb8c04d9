"""Training steps by PyTorch, for csg-dist's training step to reproduce: what the golden scripts share.

A `Run` says what differs from run to run. Its images follow each other in Fashion-MNIST's training
split, sampled at every `stride`-th pixel; a batch is cut into contiguous replicas, each
normalised by its own statistics.

Sources: the method is Algorithm 1 and Eq. 3 of "Training Interpretable CNNs by Differentiating
Class-specific Filters" (arXiv:2007.08194); optimisers and batch norm are PyTorch's; the initial
theta is csg-dist's (Philox.swift, Initialization.swift), over Philox4x32-10 of Salmon et al., SC
2011, checked by the known answers of Random123 (tests/kat_vectors).
"""

import gzip
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from judge import CIFARResNet

SEED = 7
CLASSES, FILTERS = 10, 64
MEAN, STD = 0.2860, 0.3530
STATISTICS_MOMENTUM = 0.1


@dataclass(frozen=True)
class Run:
    """One run; every step takes `paths[step]`: standard, gated or joint."""

    paths: tuple
    blocks: int  # of a stage: 6 * blocks + 2 layers
    side: int = 28  # of an image
    stride: int = 1  # between the pixels taken
    first: int = 0  # image of the first step
    batch: int = 14
    replicas: int = 4
    optimizer: str = "sgd"
    rate: float = 0.001
    momentum: float = 0.9
    nesterov: bool = False
    decay: float = 0.05
    gate: str = "sgd"  # sgd (a plain step), momentum, adam, shared (a parameter of theta's), or fixed
    gate_rate: float = 0.1
    gate_momentum: float | None = None
    gate_nesterov: bool | None = None
    gate_decay: float = 0
    gate_in_all: bool = False  # G moves in standard steps too
    penalty_in_all: bool = False  # and by the penalties there
    projected: bool = True
    one_state: bool = False  # of theta, for both paths
    projection_shortcuts: bool = False
    lambda1: float = 0.8
    lambda2: float = 0.1
    density_bound: float = 0.1
    lambda3: float = 0
    column_bound: float = 0.3
    clip: float | None = None  # the largest norm of theta's gradient
    gate_clip: float | None = None  # and of G's


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


# --- Steps ---


def read_batches(folder, run):
    """Images [steps, N, side, side] and labels [steps, N] of a run."""
    count = run.first + len(run.paths) * run.batch
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(16 + count * 784), np.uint8, offset=16)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + count), np.uint8, offset=8)
    first = (28 - run.stride * (run.side - 1) - 1) // 2
    pixels = slice(first, first + run.stride * (run.side - 1) + 1, run.stride)
    images = images.reshape(-1, 28, 28)[run.first :, pixels, pixels]
    labels = labels[run.first :].astype(np.int32)
    shape = (len(run.paths), run.batch)
    return images.reshape(*shape, run.side, run.side), labels.reshape(shape)


def initial_gate(run):
    """G before the first step: for fixed gates Appendix E's, 6 filters a class and 4 for all."""
    if run.gate == "fixed":
        k = np.arange(FILTERS)
        owner = k // 6 == np.arange(CLASSES)[:, None]
        return (owner | (k >= FILTERS - 4)).astype(np.float32)
    return np.random.default_rng(3).uniform(0.2, 1.0, (CLASSES, FILTERS)).astype(np.float32)


def network(run):
    return CIFARResNet(
        run.blocks, channels=1, classes=CLASSES, projections=run.projection_shortcuts)


def network_theta(run):
    """Theta before the first step."""
    return initial_theta([(n, tuple(p.shape)) for n, p in network(run).named_parameters()])


def project(gate):
    return (gate / gate.abs().amax(0)).clamp(0, 1)


def statistics_of(net):
    """Running statistics by name."""
    return {n: b.clone() for n, b in net.named_buffers() if "running" in n}


def optimizer_of(parameters, kind, run, rate, decay):
    if kind == "adam":
        return torch.optim.Adam(parameters, rate, weight_decay=decay)
    momentum = 0 if kind == "plain" else run.momentum
    nesterov = run.nesterov and momentum > 0
    return torch.optim.SGD(parameters, rate, momentum, weight_decay=decay, nesterov=nesterov)


def gate_optimizer_of(gate, run):
    """G's own; none where it is a parameter of theta's."""
    if run.gate == "shared":
        return None
    if run.gate == "adam":
        return optimizer_of([gate], "adam", run, run.gate_rate, run.gate_decay)
    momentum = run.momentum if run.gate_momentum is None else run.gate_momentum
    nesterov = run.nesterov if run.gate_nesterov is None else run.gate_nesterov
    if run.gate != "momentum":
        momentum, nesterov = 0, False
    return torch.optim.SGD(
        [gate], run.gate_rate, momentum, weight_decay=run.gate_decay, nesterov=nesterov)


def train(run, images, labels, theta, gate, dtype):
    """Theta, G, running statistics, losses and cross-entropies after the run.

    The cross-entropy of a joint step is the STD path's.
    """
    net = network(run).to(dtype)
    net.load_state_dict({n: torch.from_numpy(t) for n, t in theta.items()}, strict=False)
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1  # After a pass its buffers hold that batch's mean and unbiased variance.
    running = statistics_of(net)
    gate = torch.tensor(gate, dtype=dtype, requires_grad=True)
    parameters = [*net.parameters(), *([gate] if run.gate == "shared" else [])]
    states = {
        "shared" if run.one_state else path: path for path in sorted(set(run.paths))
    }
    states = {
        name: optimizer_of(parameters, run.optimizer, run, run.rate, run.decay) for name in states
    }
    optimizers = {path: states["shared" if run.one_state else path] for path in run.paths}
    gate_optimizer = gate_optimizer_of(gate, run)
    x = (torch.tensor(images).to(dtype)[:, :, None] / 255 - MEAN) / STD
    y = torch.tensor(labels).long()
    losses, cross_entropies = [], []

    for step, path in enumerate(run.paths):
        gate.grad = None
        net.zero_grad()
        sums, batch_statistics = {"standard": 0, "gated": 0}, []
        for part in np.array_split(np.arange(run.batch), run.replicas):
            features = net.features(x[step, part])
            inputs = {"standard": features, "gated": features * gate[y[step, part]]}
            for taken in sums:
                logits = net.fc(inputs[taken])
                loss = F.cross_entropy(logits, y[step, part], reduction="sum")
                sums[taken] = sums[taken] + loss / run.batch
            batch_statistics.append(statistics_of(net))
        loss = sums["standard"] if path != "gated" else 0
        if path != "standard":
            loss = loss + run.lambda1 * sums["gated"]
        if run.gate != "fixed" and (path != "standard" or run.penalty_in_all):
            # Projected entries are >= 0; unlike that of abs, the sum's derivative is 1 at 0 too.
            sizes = gate if run.projected else gate.abs()
            excess = sizes.sum() - run.density_bound * CLASSES * FILTERS
            excesses = sizes.sum(0) - run.column_bound * CLASSES
            loss = loss + run.lambda2 * F.relu(excess) + run.lambda3 * F.relu(excesses).sum()
        loss.backward()
        moves_gate = run.gate != "fixed" and (path != "standard" or run.gate_in_all)
        if moves_gate and gate.grad is None:
            gate.grad = torch.zeros_like(gate)
        if not moves_gate:
            gate.grad = None
        if run.clip:
            nn.utils.clip_grad_norm_(net.parameters(), run.clip)
        if run.gate_clip and moves_gate:
            nn.utils.clip_grad_norm_([gate], run.gate_clip)
        optimizers[path].step()
        if moves_gate:
            if gate_optimizer:
                gate_optimizer.step()
            if run.projected:
                with torch.no_grad():
                    gate.copy_(project(gate))
        for name in running:
            mean = sum(statistics[name] for statistics in batch_statistics) / run.replicas
            running[name] = (1 - STATISTICS_MOMENTUM) * running[name] + STATISTICS_MOMENTUM * mean
        losses.append(loss.item())
        cross_entropies.append(sums["gated" if path == "gated" else "standard"].item())

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
    return norm(tensors[n] - reference[n] for n in reference) / max(norm(reference.values()), 1e-99)
