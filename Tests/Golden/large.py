"""ResNet-18 and ResNet-50 in float64, forward and backward, for csg-dist's networks to reproduce.

usage: large.py [--input FOLDER]

FOLDER holds Fashion-MNIST as IDX .gz (Debian's dataset-fashion-mnist). Writes large.safetensors
beside this script, repeats all in float32, and prints how far that is from float64, whole tensors
and digests. Rounding decides no ReLU: shifts are chosen so that no input is near 0 (see `settle`).

The data: the first 6 training images, enlarged to 70 x 66 by repeating pixels (row i is row
28i // 70 of the original), in 3 channels: the values v, then 255 - v mirrored left to right, then
v / 2 upside down; the networks read (value - 128) / 64. Exact in float32, as are the gate and the
batch norms' scales and shifts, all away from their start (see gate_matrix, vary_norms, settle).

The file, for each NET, NAMEs in torchvision's order and layout. A digest of a row-major tensor is
its norm; the sum of its elements i, the sign of each that of an odd number of ones in
2654435761 i mod 2^32, so that an error anywhere shows by about its share of the norm; the elements
1000003 j mod count, j < min(16, count); zeros:
  images F16 [6, 28, 28], labels F32 [6]
  NET.logits F64 [6, 10]            standard path, normalised by the batch
  NET.evaluated F64 [6, 10]         the same, normalised by the batch's mean and unbiased variance
  NET.standard, NET.gated F64 [6]   cross-entropies of the paths; the loss is their sum
  NET.stepped F64 [2, 6]            the same after one SGD step of rate 2^-13 along each path
  NET.gate F32 [1, 18]              digest of the gated loss's gradient by G
  NET.shift.NAME F16                shift of a batch norm before a ReLU
  NET.shape.NAME F32                shape of a parameter or running statistic
  NET.NAME F32 [3, 18]              digests of a parameter, of its standard and its gated gradient
  NET.NAME F32 [1, 18]              digest of a batch mean (running_mean) or unbiased variance

Sources: the networks are those of He et al., CVPR 2016, Table 1, https://arxiv.org/abs/1512.03385,
as torchvision has them (models/resnet.py: names, stride on a bottleneck's 3x3); initial theta as
in alternate.py.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

from alternate import check_philox, initial_theta, read_batches, statistics_of

NETS = {"resnet18": ([2, 2, 2, 2], False), "resnet50": ([3, 4, 6, 3], True)}
PARAMETERS = {"resnet18": 11_689_512, "resnet50": 25_557_032}  # torchvision's, of 1000 classes
IMAGES, CLASSES = 6, 10
HEIGHT, WIDTH = 70, 66
RATE = 2**-13
SAMPLES, STRIDE = 16, 1_000_003
MARGIN = 2**-12  # Of ReLU inputs from 0: some ten times the largest error of float32.


def rectify(norm, x):
    return F.relu(x)


def settle(norm, x):
    """Moves each shift by the least multiple of 2^-10 that leaves no input within MARGIN of 0."""
    for k in range(x.shape[1]):
        moves = (move for size in range(1024) for move in (size / 1024, -size / 1024))
        move = next(m for m in moves if (x[:, k] + m).abs().min() > MARGIN)
        norm.bias[k] += move
        x[:, k] += move
    return F.relu(x)


class Block(nn.Module):
    """Convolutions (filters, kernel, stride) with batch norm around a shortcut."""

    def __init__(self, inputs, layers):
        super().__init__()
        first, stride = inputs, max(stride for _, _, stride in layers)
        for i, (filters, kernel, step) in enumerate(layers, start=1):
            conv = nn.Conv2d(inputs, filters, kernel, step, padding=kernel // 2, bias=False)
            self.add_module(f"conv{i}", conv)
            self.add_module(f"bn{i}", nn.BatchNorm2d(filters))
            inputs = filters
        self.depth = len(layers)
        self.downsample = None
        if stride != 1 or first != inputs:
            conv = nn.Conv2d(first, inputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(inputs))

    def forward(self, x, activate):
        shortcut = x if self.downsample is None else self.downsample(x)
        for i in range(1, self.depth + 1):
            norm = self.get_submodule(f"bn{i}")
            x = norm(self.get_submodule(f"conv{i}")(x))
            x = activate(norm, x if i < self.depth else x + shortcut)
        return x


class LargeResNet(nn.Module):
    """A ResNet of four stages for ImageNet."""

    def __init__(self, blocks, is_bottleneck, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for stage, filters in enumerate((64, 128, 256, 512), start=1):
            layer = nn.Sequential()
            for block in range(blocks[stage - 1]):
                stride = 2 if stage > 1 and block == 0 else 1
                if is_bottleneck:
                    layers = [(filters, 1, 1), (filters, 3, stride), (4 * filters, 1, 1)]
                else:
                    layers = [(filters, 3, stride), (filters, 3, 1)]
                layer.append(Block(inputs, layers))
                inputs = layers[-1][0]
            self.add_module(f"layer{stage}", layer)
        self.fc = nn.Linear(inputs, classes)

    def features(self, x, activate=rectify):
        """Pooled features [N, K]; `activate` gets each ReLU's batch norm and input."""
        x = F.max_pool2d(activate(self.bn1, self.bn1(self.conv1(x))), 3, 2, padding=1)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            for block in layer:
                x = block(x, activate)
        return x.mean((2, 3))


def enlarge(images):
    """Network inputs [N, 3, HEIGHT, WIDTH] of images [N, 28, 28]."""
    rows, columns = np.arange(HEIGHT) * 28 // HEIGHT, np.arange(WIDTH) * 28 // WIDTH
    v = images.astype(np.float64)[:, rows][:, :, columns]
    return (np.stack([v, 255 - v[:, :, ::-1], v[:, ::-1] / 2], axis=1) - 128) / 64


def gate_matrix(filters):
    """G [C, K]: multiples of 1/32 in 0 ... 1."""
    c, k = np.arange(CLASSES)[:, None], np.arange(filters)
    return (7 * c + 13 * k) % 33 / 32


def vary_norms(theta):
    """Moves scales by up to 1/4 and shifts by up to 1/8, by tensor number t and channel k.

    A bottleneck's last scale is a quarter of that: 16 blocks of full weight amplify rounding errors
    ten times as much, and only a step of 1e-7 would leave the loss predictable.
    """
    for t, (name, values) in enumerate(theta.items()):
        if values.ndim == 1 and not name.startswith("fc."):
            step = (37 * np.arange(values.size) + 11 * t) % 64 / 64 - 0.5
            values += step / (2 if name.endswith(".weight") else 4)
            if name.endswith(".bn3.weight"):
                values /= 4


def load(net, theta):
    net.load_state_dict({n: torch.from_numpy(t) for n, t in theta.items()}, strict=False)


def settle_shifts(net, theta, x):
    """Replaces the shifts in theta by those that `settle` leaves."""
    load(net.double(), theta)
    with torch.no_grad():
        net.features(torch.tensor(x), settle)
    for name, parameter in net.named_parameters():
        if is_shift(name):
            theta[name] = parameter.detach().float().numpy()


def is_shift(name):
    return name.endswith("bias") and "bn" in name  # A downsample's stays as it is.


def digest(tensor):
    values = np.asarray(tensor, np.float64).reshape(-1)
    row = np.zeros(2 + SAMPLES, np.float32)
    ones = np.bitwise_count(np.arange(values.size, dtype=np.uint64) * 2654435761 & 0xFFFFFFFF)
    count = min(SAMPLES, values.size)
    row[0] = np.linalg.norm(values)
    row[1] = np.sum(np.where(ones % 2 == 1, -values, values))
    row[2 : 2 + count] = values[np.arange(count) * STRIDE % values.size]
    return row


def run(net, theta, x, labels, dtype):
    """All quantities of one network as float64 arrays, by name."""
    net.to(dtype)
    gate = torch.tensor(gate_matrix(net.fc.in_features), dtype=dtype, requires_grad=True)
    x, labels = torch.tensor(x, dtype=dtype), torch.tensor(labels).long()
    result = {"stepped": []}
    array = lambda tensor: tensor.detach().double().numpy().copy()

    def cross_entropies(path):
        features = net.features(x)
        logits = net.fc(features * gate[labels] if path == "gated" else features)
        return F.cross_entropy(logits, labels, reduction="none"), logits

    for path in ("standard", "gated"):
        load(net, theta)
        net.train().zero_grad()
        losses, logits = cross_entropies(path)
        losses.sum().backward()
        result[path] = array(losses)
        result |= {f"{path} {n}": array(p.grad) for n, p in net.named_parameters()}
        if path == "standard":
            result["logits"] = array(logits)
            result |= {n: array(s) for n, s in statistics_of(net).items()}
            with torch.no_grad():
                result["evaluated"] = array(net.eval().fc(net.features(x)))
        net.train()
        torch.optim.SGD(net.parameters(), RATE).step()
        with torch.no_grad():
            result["stepped"].append(array(cross_entropies(path)[0]))
    result["gate"] = array(gate.grad)
    result["stepped"] = np.stack(result["stepped"])
    return result


def golden(net, theta, result):
    """The file's tensors of one network, without the network's name."""
    tensors = {n: result[n] for n in ("logits", "evaluated", "standard", "gated", "stepped")}
    tensors["gate"] = digest(result["gate"])[None]
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        rows = [result[name]] if "running" in name else [
            theta[name], result[f"standard {name}"], result[f"gated {name}"]]
        tensors[f"shape.{name}"] = np.array(tensor.shape, np.float32)
        tensors[name] = np.stack([digest(row) for row in rows])
        if is_shift(name):
            half = theta[name].astype(np.float16)
            assert np.array_equal(half, theta[name])
            tensors[f"shift.{name}"] = half
    return tensors


def digest_error(ours, theirs):
    """Largest error of norm, sum and samples, these as a part of typical elements' norm."""
    size, count = theirs.size, min(SAMPLES, theirs.size)
    ours, theirs = digest(ours).astype(np.float64), digest(theirs).astype(np.float64)
    samples = np.linalg.norm(ours[2:] - theirs[2:]) / np.sqrt(count / size)
    return max(*np.abs(ours[:2] - theirs[:2]), samples) / theirs[0]


def report(result, reference):
    """Prints for each group its tensors' worst relative error, and that of their digests."""
    norm = np.linalg.norm
    groups = {}
    for name, theirs in reference.items():
        path, _, tensor = name.rpartition(" ")
        kind = "statistics" if "running" in name else f"{path} gradients" if path else name
        if tensor.startswith("fc."):
            kind += " of fc"
        error = norm(result[name] - theirs) / norm(theirs)
        sampled = digest_error(result[name], theirs)
        groups.setdefault(kind, []).append((error, sampled))
    for kind, members in groups.items():
        error, sampled = np.max(members, axis=0)
        print(f"    {kind:24} {error:.1e} {sampled:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()

    images, labels = (part.reshape(-1, *part.shape[2:])[:IMAGES] for part in read_batches(folder))
    x = enlarge(images)
    tensors = {"images": images.astype(np.float16), "labels": labels.astype(np.float32)}
    for name, (blocks, is_bottleneck) in NETS.items():
        published = LargeResNet(blocks, is_bottleneck, classes=1000)
        assert sum(p.numel() for p in published.parameters()) == PARAMETERS[name]
        net = LargeResNet(blocks, is_bottleneck, CLASSES)
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 1  # Its buffers hold the last batch's mean, unbiased variance.
        theta = initial_theta([(n, tuple(p.shape)) for n, p in net.named_parameters()])
        vary_norms(theta)
        settle_shifts(net, theta, x)
        result = run(net, theta, x, labels, torch.float64)
        tensors |= {f"{name}.{n}": t for n, t in golden(net, theta, result).items()}
        losses = [result["standard"], result["gated"], *result["stepped"]]
        print(f"{name}: losses {[round(float(l.sum()), 4) for l in losses]}; errors of float32:")
        report(run(net, theta, x, labels, torch.float32), result)
    path = Path(__file__).with_name("large.safetensors")
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
