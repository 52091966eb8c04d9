"""How much faster than PyTorch csg-dist runs PGD, a thread each.

usage: attacks_speed.py PROGRAM CHECKPOINT DATA WEIGHTS.safetensors [--samples N] [--batch B] [--rounds R] [--set KEY=VALUE]...

CHECKPOINT and WEIGHTS are the same CIFAR ResNet, DATA a data set of csg-dist. Both take seven steps to random
targets of N test pictures (512) in batches of B (64), and the logits of what they made. csg-dist (`attack --method
pgd`) also asks the net about the samples, about the pictures rounded to bytes, and about noise, and writes its file;
start and reading of the checkpoint are measured apart, with one batch, and taken off. PyTorch has gradients by the
pictures alone. In each of R rounds (5) both run in turn; seconds are the processor's, so that others on the machine
count less. Prints the medians and their ratio.
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
    pictures, labels = torch.rand(samples, 3, 32, 32), torch.randint(0, 10, (samples,))
    began = time.process_time()
    for x, y in zip(pictures.split(batch), labels.split(batch)):
        start = (x + 0.031 * (2 * torch.rand_like(x) - 1)).clamp(0, 1)
        made = gradient_sign(net, x, start, y, True, 0.031, 7, 0.01)
        with torch.no_grad():
            net(made)
    return samples / (time.process_time() - began)


def used():
    """The processor's seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds(arguments, samples, folder):
    command = [
        arguments.program, "attack", arguments.checkpoint, "--data", arguments.data, "--method", "pgd",
        "--samples", str(samples), "--output", f"{folder}/speed.h5", "--batch",
        str(arguments.batch), "--set", "compute.threads=1"]
    for change in arguments.set or []:
        command += ["--set", change]
    began = used()
    subprocess.run(command, check=True, capture_output=True)
    return used() - began


def ours(arguments, folder):
    one = seconds(arguments, arguments.batch, folder)
    return (arguments.samples - arguments.batch) / (seconds(arguments, arguments.samples, folder) - one)


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
    torch_rate, our_rate = (statistics.median(column) for column in zip(*rates))
    print(f"PyTorch {torch_rate:.1f}, csg-dist {our_rate:.1f} samples/s, ratio {our_rate / torch_rate:.2f}")


if __name__ == "__main__":
    main()
