"""How much faster than PyTorch csg-dist takes the gradients of all filters by an image, a thread each.

usage: gradients_speed.py PROGRAM [--net NAME,SIDE]... [--batch N] [--rounds R] [--seconds S]

Both have random weights and running statistics. PyTorch (no gradients of parameters) goes through a batch of N
images (16) once, and back once for each filter, which takes the gradients of all of them: the fastest way that its
autograd has. csg-dist goes through one image and back for its filters, 64 at a time (`bench gradients`). In
each of R rounds (5) both run in turn for S seconds (5); prints the medians and their ratio.
Nets by default: resnet20,32 (64 filters) and resnet18,128 (512).
"""

import argparse
import json
import os
import statistics
import subprocess
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import torch

from judge import CIFARResNet
from nets import LargeResNet

def pooled(name):
    """The net's function from images to pooled activations."""
    if name == "resnet20":
        net = CIFARResNet(3, 3, 10).eval().requires_grad_(False)
        return net.features
    net = LargeResNet([2, 2, 2, 2], False, True, 10).eval().requires_grad_(False)
    net.fc = torch.nn.Identity()
    return net.logits


def theirs(name, side, batch, seconds):
    features = pooled(name)
    x = torch.randn(batch, 3, side, side, requires_grad=True)
    began, images = time.perf_counter(), 0
    while images == 0 or time.perf_counter() - began < seconds:
        y = features(x)
        for k in range(y.shape[1]):
            torch.autograd.grad(y[:, k].sum(), x, retain_graph=True)
        images += batch
    return images / (time.perf_counter() - began)


def ours(program, name, side, seconds):
    command = [program, "bench", "gradients", "--architecture", name, "--image", str(side),
               "--threads", "1", "--seconds", str(seconds), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["images_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--net", action="append")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for net in arguments.net or ["resnet20,32", "resnet18,128"]:
        name, side = net.split(",")
        rates = []
        for _ in range(arguments.rounds):
            rates.append((
                theirs(name, int(side), arguments.batch, arguments.seconds),
                ours(arguments.program, name, int(side), arguments.seconds)))
        torch_rate, our_rate = (statistics.median(column) for column in zip(*rates))
        print(f"{name} at {side}: PyTorch {torch_rate:.3f}, csg-dist {our_rate:.3f} images/s, "
              f"ratio {our_rate / torch_rate:.2f}", flush=True)


if __name__ == "__main__":
    main()
