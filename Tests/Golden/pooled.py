"""Pooled features of the paper's nets in float64, for csg-dist's networks to reproduce.

usage: pooled.py [--input FOLDER]

Nets, images, theta and digests are those of nets.py, which says how. Writes pooled.safetensors beside this
script, repeats all in float32, and prints how far that is.

pooled.safetensors, for each NET that nets.py runs backward:
  NET F32 [L, 18]    of each convolution, in the order of the parameters, the digest of the mean over each
                     channel's map [6, K] of what it leaves: behind norm, shortcut and ReLU, of a projection
                     behind its norm; norms by the batch's mean and unbiased variance as running ones
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

import nets
from training import check_philox


def convolutions(net):
    """Convolutions in the order of the parameters, each with the module that its ReLU follows."""
    modules = dict(net.named_modules())
    found = []
    for name, module in modules.items():
        if isinstance(module, nn.Conv2d):
            norm = name.replace("conv", "bn").replace("downsample.0", "downsample.1")
            found.append((module, modules[norm]))
    return found


def pooled(net, x):
    """The means [N, K] of each convolution."""
    means = {}

    def rectify(module, x):
        y = F.relu(x)
        if y.dim() == 4:  # a classifier's layers have no maps
            means[module] = y.mean((2, 3))
        return y

    def note(module, inputs, output):
        means[module] = output.mean((2, 3))

    hooks = [
        module.register_forward_hook(note)
        for name, module in net.named_modules() if name.endswith("downsample.1")]
    with torch.no_grad():
        net.logits(x, activate=rectify)
    for hook in hooks:
        hook.remove()
    return [means[last] for _, last in convolutions(net)]


def run(net, theta, x, dtype):
    net.to(dtype)
    nets.load(net, theta)
    x = torch.tensor(x, dtype=dtype)
    with torch.no_grad():
        net.train().logits(x)
    return [values.double().numpy() for values in pooled(net.eval(), x)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()
    images, _ = nets.first_images(folder)
    tensors = {}
    for name, extent in nets.EXTENTS.items():
        if name in nets.FORWARD_ONLY:
            continue
        net, x = nets.net_named(name, nets.CLASSES), nets.enlarge(images, *extent)
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 1  # Its buffers hold the last batch's mean, unbiased variance.
        theta = nets.initial_theta(net)
        nets.vary(theta)
        nets.settle_shifts(net, theta, x)
        means = run(net, theta, x, torch.float64)
        tensors[name] = np.stack([nets.digest(values) for values in means])
        single = run(net, theta, x, torch.float32)
        errors = [nets.digest_error(ours, theirs) for ours, theirs in zip(single, means)]
        print(f"{name}: {len(means)} convolutions, errors of float32: {max(errors):.1e} at most")
    path = Path(__file__).with_name("pooled.safetensors")
    save_file(tensors, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
