"""Gradients by the image of the paper's nets in float64, for csg-dist's networks to reproduce.

usage: gradients.py [--input FOLDER]

Nets, images, theta, gates and digests are those of nets.py, which says how. Writes
gradients.safetensors beside this script, repeats all in float32, and prints how far that is.

gradients.safetensors, for each NET that nets.py runs backward:
  NET F32 [6, 18]    digests of the gradient by the images as the network reads them: of the loss on
                     the STD path, of the loss on the CSG path, of sum over images n of the pooled
                     activation of filter (29 n + 5) mod K; norms by the batch's statistics; then the
                     same three by its mean and biased variance as running ones, with which no input
                     of a ReLU moves
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


def pooled_activations(net, x):
    """[N, K], before the gate: what the last layers read."""
    is_alexnet = isinstance(net, nets.AlexNet)
    seen = {}
    module = net.features[-1] if is_alexnet else net.fc
    hook = module.register_forward_pre_hook(lambda _, inputs: seen.update(last=inputs[0]))
    net.logits(x)
    hook.remove()
    return seen["last"].mean((2, 3)) if is_alexnet else seen["last"]


def watch_counts(net):
    """Values of a channel that each batch norm last saw, once it has run."""
    counts = {}

    def note(module, inputs):
        counts[module] = inputs[0].numel() // inputs[0].shape[1]

    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1  # Its buffers hold the last batch's mean, unbiased variance.
            module.register_forward_pre_hook(note)
    return counts


def run(net, counts, theta, images, labels, dtype):
    """The six gradients."""
    net.to(dtype)
    nets.load(net, theta)
    labels = torch.tensor(labels).long()
    gate = torch.tensor(nets.gate_matrix(net.filters), dtype=dtype)
    filters = (29 * torch.arange(len(labels)) + 5) % net.filters

    def losses():
        def loss(rows):
            x = torch.tensor(images, dtype=dtype, requires_grad=True)
            logits = net.logits(x) if rows is None else net.logits(x, rows)
            return F.cross_entropy(logits, labels, reduction="sum"), x

        yield loss(None)
        yield loss(gate[labels])
        x = torch.tensor(images, dtype=dtype, requires_grad=True)
        yield pooled_activations(net, x)[torch.arange(len(labels)), filters].sum(), x

    gradients = []
    for is_training in (True, False):
        net.train(is_training)
        if not is_training:
            for module, count in counts.items():
                module.running_var *= (count - 1) / count
        for loss, x in losses():
            gradients.append(torch.autograd.grad(loss, x)[0].double().numpy())
    return gradients


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().input
    torch.set_num_threads(1)  # The order of additions does not depend on the machine's cores.
    check_philox()
    images, labels = nets.first_images(folder)
    tensors = {}
    for name, extent in nets.EXTENTS.items():
        if name in nets.FORWARD_ONLY:
            continue
        net, x = nets.net_named(name, nets.CLASSES), nets.enlarge(images, *extent)
        counts = watch_counts(net)
        theta = nets.initial_theta(net)
        nets.vary(theta)
        nets.settle_shifts(net, theta, x)
        gradients = run(net, counts, theta, x, labels, torch.float64)
        tensors[name] = np.stack([nets.digest(gradient) for gradient in gradients])
        single = run(net, counts, theta, x, labels, torch.float32)
        errors = [nets.digest_error(ours, theirs) for ours, theirs in zip(single, gradients)]
        print(f"{name}: errors of float32: {' '.join(f'{error:.1e}' for error in errors)}")
    path = Path(__file__).with_name("gradients.safetensors")
    save_file(tensors, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
