"""FGSM, PGD and Carlini and Wagner's attack by PyTorch in float32, for csg-dist's attacks to reproduce.

usage: attacks.py [--input FOLDER]

FOLDER holds Fashion-MNIST as IDX .gz (Debian's dataset-fashion-mnist). Trains a ResNet-20 on its first images for
a minute, rounds its matrices to float16, and writes attacks.safetensors beside this script. The attacks are those
of attacks_judge.py, which says what is computed how. Prints how often the nets are fooled, and for how many
values after seven steps float32 and float64 agree.

The pictures of resnet20: the first test images / 255, normalised by 0.2860, 0.3530. Those of resnet18-cifar, with
csg-dist's initial theta (see nets.py), norms that leave values as they are, 10 classes: picture n has the images
3n, 3n + 1, 3n + 2 for channels, 2 black pixels around, normalised by MEAN, STD. The target of picture n with label
l is (l + 1 + n mod 9) mod 10; labels are the dataset's, of resnet18-cifar those that it predicts. epsilon is 0.031;
PGD takes 7 steps of 0.01 from the start of sample n and seed 7.

attacks.safetensors, KIND being targeted or untargeted:
  resnet20.NAME F16, F32                parameters and running statistics
  NET.fgsm.KIND F32 [n, C, H, W]        the first pictures after FGSM (resnet20: 10; resnet18-cifar: 3)
  NET.large.KIND U8 [n, C, H, W]        where the first gradient is above 1e-4 of its picture's largest
  NET.pgd.KIND F32 [n, C, H, W]         after PGD
  NET.labels U8 [N]                     labels
  resnet20.fooled.METHOD.KIND U8 [200]  whether the net is fooled, fgsm and pgd
  resnet20.cw.KIND F64 [3, 10]          of the first pictures: whether fooled before; fooled after 5 searches of 50
                                        iterations from c = 0.01; distance from the picture
  resnet20.losses.KIND F64 [20]         of the first picture's first search with c = 1, before any look
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.nn import functional as F

import nets
from attacks_judge import gradient_sign, is_fooled, search, uniform_starts
from judge import CIFARResNet
from training import check_philox

SEED, STEPS, SIZE = 7, 7, 0.01
EPSILON = float(np.float32(0.031))  # Which is below 0.031: csg-dist rounds down.
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
KINDS = {"targeted": True, "untargeted": False}


def read(folder, split, count):
    with gzip.open(folder / f"{split}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(16 + count * 784), np.uint8, offset=16)
    with gzip.open(folder / f"{split}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + count), np.uint8, offset=8)
    return images.reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255), labels.copy()


def normalised(net, mean, std, call=None):
    shape = (-1, 1, 1)
    mean, std = torch.tensor(mean).reshape(shape), torch.tensor(std).reshape(shape)
    return lambda x: (call or net)((x - mean.to(x.dtype)) / std.to(x.dtype))


def trained(folder):
    """A ResNet-20 after 190 steps of 64 images; its matrices are float16 exactly."""
    torch.manual_seed(SEED)
    images, labels = read(folder, "train", 190 * 64)
    net = CIFARResNet(3, 1, 10)
    logits = normalised(net, [0.2860], [0.3530])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 190)
    batches = zip(torch.from_numpy(images).split(64), torch.from_numpy(labels).long().split(64))
    for x, y in batches:
        optimizer.zero_grad()
        F.cross_entropy(logits(x), y).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.dim() > 1:
                parameter.copy_(parameter.half().float())
    return net.eval().requires_grad_(False)


def targets(labels):
    return (labels.astype(int) + 1 + np.arange(len(labels)) % 9) % 10


def large(logits, x, aims):
    x = x.clone().requires_grad_()
    slope = torch.autograd.grad(F.cross_entropy(logits(x).double(), aims, reduction="sum"), x)[0].abs()
    return (slope > 1e-4 * slope.amax((1, 2, 3), keepdim=True)).numpy().astype(np.uint8)


def attack(tensors, name, logits, exact, pictures, labels, kept):
    """FGSM and PGD of both kinds."""
    x, start = torch.from_numpy(pictures), torch.from_numpy(
        uniform_starts(pictures, range(len(pictures)), EPSILON, SEED))
    tensors[f"{name}.labels"] = labels.astype(np.uint8)
    for kind, targeted in KINDS.items():
        aims = torch.from_numpy(targets(labels) if targeted else labels.astype(int))
        made = {
            "fgsm": gradient_sign(logits, x, x, aims, targeted, EPSILON, 1, EPSILON),
            "pgd": gradient_sign(logits, x, start, aims, targeted, EPSILON, STEPS, SIZE)}
        for method, y in made.items():
            tensors[f"{name}.{method}.{kind}"] = y[:kept].numpy()
            fooled = is_fooled(logits(y), aims, targeted)
            if len(x) > kept:
                tensors[f"{name}.fooled.{method}.{kind}"] = fooled.numpy().astype(np.uint8)
            print(f"{name} {method} {kind}: fooled by {int(fooled.sum())} of {len(x)}")
        tensors[f"{name}.large.{kind}"] = large(logits, x[:kept], aims[:kept])
        double = gradient_sign(
            exact, x[:kept], start[:kept], aims[:kept], targeted, EPSILON, STEPS, SIZE)
        equal = ((double - made["pgd"][:kept]).abs() <= 1e-5).double().mean()
        print(f"{name} pgd {kind}: float64 gives {100 * equal:.2f} % of the values")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()
    net = trained(folder)
    tensors = {}
    for name, tensor in net.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            tensors[f"resnet20.{name}"] = tensor.numpy().astype(np.float16 if tensor.dim() > 1 else np.float32)
    pictures, labels = read(folder, "t10k", 200)
    logits = normalised(net, [0.2860], [0.3530])
    double = CIFARResNet(3, 1, 10).double().eval()
    double.load_state_dict(net.state_dict())
    exact = normalised(double, [0.2860], [0.3530])
    right = (logits(torch.from_numpy(pictures)).argmax(1).numpy() == labels)
    print(f"resnet20: right on {right.sum()} of 200")
    attack(tensors, "resnet20", logits, lambda x: exact(x.double()), pictures, labels, 10)
    x = torch.from_numpy(pictures[:10])
    for kind, targeted in KINDS.items():
        aims = torch.from_numpy(targets(labels)[:10] if targeted else labels[:10].astype(int))
        made, fooled, _ = search(logits, x, aims, targeted, 5, 50, 0.01, 0, 0.01)
        distance = ((made - x).double() ** 2).sum((1, 2, 3)).sqrt()
        before = is_fooled(logits(x), aims, targeted)
        tensors[f"resnet20.cw.{kind}"] = torch.stack([before.double(), fooled.double(), distance]).numpy()
        print(f"cw {kind}: fooled by {int(fooled.sum())}, L2 {distance[fooled].mean():.4f}")
        losses = []
        search(logits, x[:1], aims[:1], targeted, 1, 200, 1, 0, 0.01, losses)
        tensors[f"resnet20.losses.{kind}"] = np.array(losses[:20])

    net = nets.net_named("resnet18-cifar", 10)
    nets.load(net, nets.initial_theta(net))
    net = net.eval().requires_grad_(False)
    images, _ = read(folder, "t10k", 9)
    pictures = np.pad(images.reshape(3, 3, 28, 28), ((0, 0), (0, 0), (2, 2), (2, 2)))
    logits = normalised(net, MEAN, STD, net.logits)
    labels = logits(torch.from_numpy(pictures)).argmax(1).numpy()
    double = nets.net_named("resnet18-cifar", 10).double().eval()
    double.load_state_dict(net.state_dict())
    exact = normalised(double, MEAN, STD, double.logits)
    attack(tensors, "resnet18-cifar", logits, lambda x: exact(x.double()), pictures, labels, 3)
    path = Path(__file__).with_name("attacks.safetensors")
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
