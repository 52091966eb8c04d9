"""How much faster than PyTorch csg-dist runs PGD, a thread each.

usage: attacks_speed.py PROGRAM CHECKPOINT DATA WEIGHTS.safetensors [--samples N] [--batch B] [--rounds R] [--set KEY=VALUE]...

CHECKPOINT and WEIGHTS are the same CIFAR ResNet, DATA a data set of csg-dist. Two ratios, as medians over R rounds
(5) in which both run in turn; seconds are the processor's, so that others on the machine count less:
  steps   seven steps to random targets on N test pictures (512) in batches of B (64), nothing else: of csg-dist
          (`attack --method pgd`) what 8 steps take more than 1
  all     of PyTorch the seven steps and the logits of what they made; of csg-dist all that it does, which is
          also to ask the net about the samples, about the pictures rounded to bytes, and about noise, and to write
          its file; start and reading of the checkpoint, measured apart with one batch, are taken off
PyTorch has gradients by the pictures alone.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import torch
from safetensors.torch import load_file

from attacks_judge import gradient_sign
from judge import network


def theirs(net, samples, batch):
    """Pictures a second: steps alone, and with the logits of what they made."""
    pictures, labels = torch.rand(samples, 3, 32, 32), torch.randint(0, 10, (samples,))
    steps = asked = 0
    for x, y in zip(pictures.split(batch), labels.split(batch)):
        start = (x + 0.031 * (2 * torch.rand_like(x) - 1)).clamp(0, 1)
        began = time.process_time()
        made = gradient_sign(net, x, start, y, True, 0.031, 7, 0.01)
        ended = time.process_time()
        with torch.no_grad():
            net(made)
        steps, asked = steps + ended - began, asked + time.process_time() - ended
    return samples / steps, samples / (steps + asked)


def used():
    """The processor's seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds(arguments, samples, folder, steps=7):
    """Of one run, which finds no file of another."""
    command = [
        arguments.program, "attack", arguments.checkpoint, "--data", arguments.data, "--method", "pgd", "--steps",
        str(steps), "--samples", str(samples), "--output", f"{folder}/speed.h5", "--batch", str(arguments.batch),
        "--set", "compute.threads=1"]
    for change in arguments.set or []:
        command += ["--set", change]
    began = used()
    subprocess.run(command, check=True, capture_output=True)
    os.remove(f"{folder}/speed.h5")
    return used() - began


def ours(arguments, folder):
    """As theirs."""
    steps = seconds(arguments, arguments.samples, folder, 8) - seconds(arguments, arguments.samples, folder, 1)
    rest = seconds(arguments, arguments.samples, folder) - seconds(arguments, arguments.batch, folder)
    return arguments.samples / steps, (arguments.samples - arguments.batch) / rest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("program", "checkpoint", "data", "weights"):
        parser.add_argument(name)
    parser.add_argument("--samples", type=int, default=512)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--set", action="append")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    net = network(load_file(arguments.weights)).requires_grad_(False)
    with tempfile.TemporaryDirectory() as folder:
        rates = [
            (theirs(net, arguments.samples, arguments.batch), ours(arguments, folder))
            for _ in range(arguments.rounds)]
    for n, name in enumerate(("steps", "all")):
        torch_rate, our_rate = (statistics.median(rates[n] for rates in column) for column in zip(*rates))
        print(f"{name:5}  PyTorch {torch_rate:.1f}, csg-dist {our_rate:.1f} samples/s, ratio {our_rate / torch_rate:.2f}")


if __name__ == "__main__":
    main()
