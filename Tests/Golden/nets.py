"""The paper's nets in float64, forward and backward, for csg-dist's networks to reproduce.

usage: nets.py [--input FOLDER]

FOLDER holds Fashion-MNIST as IDX .gz (Debian's dataset-fashion-mnist). Writes nets.safetensors and
shapes.txt beside this script, repeats all in float32, and prints how far that is from float64, whole
tensors and digests. Rounding decides no ReLU: shifts are chosen so that no input is near 0 on the
standard path (see `settle`). ResNet-152 runs forward only.

The data: the first 6 training images, enlarged to each net's size by repeating pixels (row i is row
28i // height of the original), in 3 channels: the values v, then 255 - v mirrored left to right,
then v / 2 upside down; the networks read (value - 128) / 64. Exact in float32, as are the gate and
the batch norms' scales and shifts, all away from their start (see gate_matrix, vary, settle).

nets.safetensors, for each NET, NAMEs in torchvision's order and layout. A digest of a row-major
tensor is its norm; the sum of its elements i, the sign of each that of an odd number of ones in
2654435761 i mod 2^32, so that an error anywhere shows by about its share of the norm; the elements
1000003 j mod count, j < min(16, count); zeros:
  images F16 [6, 28, 28], labels F32 [6]
  NET.extent F32 [2]                height and width of its images
  NET.logits F64 [6, 10]            standard path, normalised by the batch
  NET.evaluated F64 [6, 10]         the same, normalised by the batch's mean and unbiased variance
  NET.standard, NET.gated F64 [6]   cross-entropies of the paths; the loss is their sum
  NET.stepped F64 [2, 6]            the same after two steps along each path: SGD of rate 2^-15,
                                    momentum 0.9, weight decay 4
  NET.gate F32 [1, 18]              digest of the gated loss's gradient by G
  NET.shift.NAME F16                shift of a batch norm, or bias, before a ReLU
  NET.NAME F32 [3, 18]              digests of a parameter, of its standard and its gated gradient
  NET.NAME F32 [1, 18]              digest of a batch mean (running_mean) or unbiased variance
ResNet-152 has extent, logits, evaluated, standard and gated alone.

shapes.txt, for each net and tensor a line: net, name, extents.

Sources: the networks are those of He et al., CVPR 2016, Table 1, https://arxiv.org/abs/1512.03385,
as torchvision has them (models/resnet.py: names, stride on a bottleneck's 3x3), with a 3x3 stem
where the name ends in -cifar; AlexNet as torchvision has it (models/alexnet.py); its variant for
32x32 as Laidlaw et al., ICLR 2021, publish it (https://github.com/cassidylaidlaw/perceptual-advex).
Initial theta as in training.py; dropout is off.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

from alternate import RUN
from training import check_philox, normals, read_batches, signed_units, statistics_of

BOTTLENECKS = {"resnet50": [3, 4, 6, 3], "resnet101": [3, 4, 23, 3], "resnet152": [3, 8, 36, 3]}
BASIC = {"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3]}
# Parameters of 1000 classes, as torchvision publishes them.
PARAMETERS = {
    "resnet18": 11_689_512, "resnet34": 21_797_672, "resnet50": 25_557_032,
    "resnet101": 44_549_160, "resnet152": 60_192_808, "alexnet": 61_100_840}
# Height and width of the images; no map is square, and AlexNet's last ones need adapting.
EXTENTS = {
    "resnet18": (70, 66), "resnet50": (70, 66), "resnet18-cifar": (22, 18),
    "resnet50-cifar": (22, 18), "alexnet": (134, 104), "alexnet-cifar": (30, 36),
    "resnet152": (40, 36)}
FORWARD_ONLY = {"resnet152"}
IMAGES, CLASSES = 6, 10
SGD = {"lr": 2**-15, "momentum": 0.9, "weight_decay": 4.0}
SAMPLES, STRIDE = 16, 1_000_003
MARGIN = 2**-12  # Of ReLU inputs from 0: some ten times the largest error of float32.


def rectify(layer, x):
    return F.relu(x)


def settle(layer, x):
    """Moves each shift by the least multiple of 2^-10 that leaves no input within MARGIN of 0."""
    for k in range(x.shape[1]):
        moves = (move for size in range(1024) for move in (size / 1024, -size / 1024))
        move = next(m for m in moves if (x[:, k] + m).abs().min() > MARGIN)
        layer.bias[k] += move
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
    """A ResNet of four stages, for ImageNet or, with a 3x3 stem, for small images."""

    def __init__(self, blocks, is_bottleneck, has_wide_stem, classes):
        super().__init__()
        kernel, stride = (7, 2) if has_wide_stem else (3, 1)
        self.conv1 = nn.Conv2d(3, 64, kernel, stride, padding=kernel // 2, bias=False)
        self.has_wide_stem, self.filters = has_wide_stem, 2048 if is_bottleneck else 512
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

    def logits(self, x, rows=1, activate=rectify):
        """Of images [N, ...] and gate rows [N, K]; `activate` gets each ReLU's norm and input."""
        x = activate(self.bn1, self.bn1(self.conv1(x)))
        if self.has_wide_stem:
            x = F.max_pool2d(x, 3, 2, padding=1)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            for block in layer:
                x = block(x, activate)
        return self.fc(x.mean((2, 3)) * rows)


class AlexNet(nn.Module):
    """AlexNet, for ImageNet or for small images; gates multiply the last map before pooling."""

    filters = 256

    def __init__(self, is_large, classes):
        super().__init__()
        pool = dict(kernel_size=3, stride=2) if is_large else dict(kernel_size=2)
        first = dict(kernel_size=11, stride=4, padding=2)
        second = dict(kernel_size=5, padding=2)
        if not is_large:
            first, second = dict(kernel_size=3, stride=2, padding=1), dict(kernel_size=3, padding=1)
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, **first), nn.ReLU(), nn.MaxPool2d(**pool),
            nn.Conv2d(64, 192, **second), nn.ReLU(), nn.MaxPool2d(**pool),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(**pool))
        side = 6 if is_large else 2
        self.avgpool = nn.AdaptiveAvgPool2d(side)
        self.classifier = nn.Sequential(
            nn.Dropout(0), nn.Linear(256 * side**2, 4096), nn.ReLU(),
            nn.Dropout(0), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, classes))

    def logits(self, x, rows=None, activate=rectify):
        def run(modules, x):
            for module in modules:
                if isinstance(module, nn.ReLU):
                    x = activate(previous, x)
                else:
                    x = module(x)
                previous = module
            return x

        x = run(self.features[:-1], x)
        if rows is not None:
            x = x * rows[:, :, None, None]
        x = self.avgpool(self.features[-1](x))
        return run(self.classifier, x.flatten(1))


def net_named(name, classes):
    plain = name.removesuffix("-cifar")
    if plain == "alexnet":
        return AlexNet(plain == name, classes)
    is_bottleneck = plain in BOTTLENECKS
    return LargeResNet((BOTTLENECKS | BASIC)[plain], is_bottleneck, plain == name, classes)


def initial_theta(net):
    """float32 values of each parameter, in the order of the forward pass."""
    shapes = {name: tuple(p.shape) for name, p in net.named_parameters()}
    theta = {}
    for stream, (name, shape) in enumerate(shapes.items()):
        count = int(np.prod(shape))
        if len(shape) == 4:
            values = normals(stream, count) * np.sqrt(2 / (shape[0] * shape[2] * shape[3]))
        elif name.startswith(("fc.", "classifier.")):
            inputs = shapes[name.rpartition(".")[0] + ".weight"][1]
            values = np.empty(count)
            for part in np.array_split(np.arange(count), 1 + count // 2**22):
                values[part] = signed_units(stream, part)[0] * (1 / np.sqrt(inputs))
        else:
            values = np.full(count, 1.0 if name.endswith(".weight") else 0.0)
        theta[name] = values.astype(np.float32).reshape(shape)
    return theta


def first_images(folder):
    """Images [N, 28, 28] and their labels."""
    return (part.reshape(-1, *part.shape[2:])[:IMAGES] for part in read_batches(folder, RUN))


def enlarge(images, height, width):
    """Network inputs [N, 3, height, width] of images [N, 28, 28]."""
    rows, columns = np.arange(height) * 28 // height, np.arange(width) * 28 // width
    v = images.astype(np.float64)[:, rows][:, :, columns]
    return (np.stack([v, 255 - v[:, :, ::-1], v[:, ::-1] / 2], axis=1) - 128) / 64


def gate_matrix(filters):
    """G [C, K]: multiples of 1/32 in 0 ... 1."""
    c, k = np.arange(CLASSES)[:, None], np.arange(filters)
    return (7 * c + 13 * k) % 33 / 32


def vary(theta):
    """Moves scales by up to 1/4, shifts and biases from 0 by up to 1/8: by tensor t, channel k.

    A bottleneck's last scale is a quarter of that: 16 blocks of full weight amplify rounding errors
    ten times as much, and only a step of 1e-7 would leave the loss predictable.
    """
    for t, (name, values) in enumerate(theta.items()):
        step = (37 * np.arange(values.size) + 11 * t) % 64 / 64 - 0.5
        if is_scale(name, values):
            values[:] = (1 + step / 2) / (4 if name.endswith(".bn3.weight") else 1)
        elif is_shift(name) or "downsample.1.bias" in name:
            values[:] = step / 4


def is_scale(name, values):
    return values.ndim == 1 and name.endswith(".weight")


def is_shift(name):
    """Whether it moves a ReLU's input; a downsample's stays as it is."""
    is_last = name.startswith(("fc.", "classifier.6."))
    return name.endswith("bias") and "downsample" not in name and not is_last


def load(net, theta):
    net.load_state_dict({n: torch.from_numpy(t) for n, t in theta.items()}, strict=False)


def settle_shifts(net, theta, x):
    """Replaces the shifts in theta by those that `settle` leaves."""
    load(net.double(), theta)
    with torch.no_grad():
        net.logits(torch.tensor(x), activate=settle)
    for name, parameter in net.named_parameters():
        if is_shift(name):
            theta[name] = parameter.detach().float().numpy()


def digest(tensor):
    values = np.asarray(tensor, np.float64).reshape(-1)
    row = np.zeros(2 + SAMPLES, np.float32)
    ones = np.bitwise_count(np.arange(values.size, dtype=np.uint64) * 2654435761 & 0xFFFFFFFF)
    count = min(SAMPLES, values.size)
    row[0] = np.linalg.norm(values)
    row[1] = np.sum(np.where(ones % 2 == 1, -values, values))
    row[2 : 2 + count] = values[np.arange(count) * STRIDE % values.size]
    return row


def run(net, theta, x, labels, dtype, is_forward_only):
    """All quantities of one network as float64 arrays, by name."""
    net.to(dtype)
    gate = torch.tensor(gate_matrix(net.filters), dtype=dtype, requires_grad=True)
    x, labels = torch.tensor(x, dtype=dtype), torch.tensor(labels).long()
    result = {} if is_forward_only else {"stepped": []}
    array = lambda tensor: tensor.detach().double().numpy().copy()

    def cross_entropies(path):
        logits = net.logits(x, gate[labels]) if path == "gated" else net.logits(x)
        return F.cross_entropy(logits, labels, reduction="none"), logits

    for path in ("standard", "gated"):
        load(net, theta)
        net.train().zero_grad()
        optimizer = torch.optim.SGD(net.parameters(), **SGD)
        with torch.set_grad_enabled(not is_forward_only):
            losses, logits = cross_entropies(path)
        result[path] = array(losses)
        if path == "standard":
            result["logits"] = array(logits)
            result |= {n: array(s) for n, s in statistics_of(net).items()}
            with torch.no_grad():
                result["evaluated"] = array(net.eval().logits(x))
        if is_forward_only:
            continue
        losses.sum().backward()
        result |= {f"{path} {n}": array(p.grad) for n, p in net.named_parameters()}
        if path == "gated":
            result["gate"] = array(gate.grad)
        net.train()
        optimizer.step()
        optimizer.zero_grad()
        cross_entropies(path)[0].sum().backward()
        optimizer.step()
        with torch.no_grad():
            result["stepped"].append(array(cross_entropies(path)[0]))
    if not is_forward_only:
        result["stepped"] = np.stack(result["stepped"])
    return result


def golden(net, theta, result, is_forward_only):
    """The file's tensors of one network, without the network's name."""
    tensors = {n: result[n] for n in ("logits", "evaluated", "standard", "gated")}
    if is_forward_only:
        return tensors
    tensors |= {"stepped": result["stepped"], "gate": digest(result["gate"])[None]}
    for name in net.state_dict():
        if name.endswith("num_batches_tracked"):
            continue
        rows = [result[name]] if "running" in name else [
            theta[name], result[f"standard {name}"], result[f"gated {name}"]]
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
        if tensor.startswith(("fc.", "classifier.6.")):
            kind += " of fc"
        error = norm(result[name] - theirs) / norm(theirs)
        sampled = digest_error(result[name], theirs)
        groups.setdefault(kind, []).append((error, sampled))
    for kind, members in groups.items():
        error, sampled = np.max(members, axis=0)
        print(f"    {kind:24} {error:.1e} {sampled:.1e}")


def write_shapes():
    lines = []
    for name in [*BASIC, *BOTTLENECKS, "resnet18-cifar", "resnet50-cifar", "alexnet", "alexnet-cifar"]:
        with torch.device("meta"):
            published, net = net_named(name, classes=1000), net_named(name, CLASSES)
        assert sum(p.numel() for p in published.parameters()) == PARAMETERS.get(
            name, sum(p.numel() for p in published.parameters()))
        for tensor, values in net.state_dict().items():
            if not tensor.endswith("num_batches_tracked"):
                lines.append(f"{name} {tensor} {' '.join(map(str, values.shape))}\n")
    path = Path(__file__).with_name("shapes.txt")
    path.write_text("".join(lines))
    print(f"{path.name}: {path.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()
    write_shapes()

    images, labels = first_images(folder)
    tensors = {"images": images.astype(np.float16), "labels": labels.astype(np.float32)}
    for name, extent in EXTENTS.items():
        is_forward_only = name in FORWARD_ONLY
        net, x = net_named(name, CLASSES), enlarge(images, *extent)
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 1  # Its buffers hold the last batch's mean, unbiased variance.
        theta = initial_theta(net)
        vary(theta)
        if not is_forward_only:
            settle_shifts(net, theta, x)
        result = run(net, theta, x, labels, torch.float64, is_forward_only)
        tensors[f"{name}.extent"] = np.array(extent, np.float32)
        tensors |= {
            f"{name}.{n}": t for n, t in golden(net, theta, result, is_forward_only).items()}
        losses = [result["standard"], result["gated"], *result.get("stepped", [])]
        print(f"{name}: losses {[round(float(l.sum()), 4) for l in losses]}; errors of float32:")
        report(run(net, theta, x, labels, torch.float32, is_forward_only), result)
    path = Path(__file__).with_name("nets.safetensors")
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
