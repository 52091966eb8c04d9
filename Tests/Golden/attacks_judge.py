"""The other program of the attacks' tests: FGSM, PGD and Carlini and Wagner's attack, by PyTorch in float32.

usage: attacks_judge.py WEIGHTS.safetensors FILE.h5 --mean a,b,c --std a,b,c [--count N]

Makes anew what `csg-dist attack` wrote into FILE.h5 of a CIFAR ResNet (its first N samples): the same pictures,
targets and, of pgd, the same random starts. Prints one line of JSON:
  samples, attacked          that were looked at
  logits                     largest difference of the logits before, relative to the largest logit
  outside                    values that are not in [0, 1], or farther than epsilon from the original, by NumPy
  equal, floor               fgsm, pgd: share of values within 1e-5 of PyTorch's; of PyTorch's own in float64 that
                             are within 1e-5 of it: signs of gradients near 0 turn, and each step more follow
  success, theirs            successes of csg-dist and of PyTorch
  wrong                      successes of csg-dist that PyTorch's net is not fooled by
  l2, their_l2               cw: mean distance over what both fooled
  norms                      largest difference of l2, linf and l0 from NumPy's of the stored pictures
On failure: a message on stderr, exit status 1.

The net computes in float32, the cross-entropy's softmax in float64: in float32 the gradient by the logit of a
label that the net is sure of, p - 1, is 0 while the others' are not, and points elsewhere.

Sources: the papers' formulas; what Carlini and Wagner leave to code is as in advertorch's
CarliniWagnerL2Attack, but that each picture stops on its own.
"""

import argparse
import json
import sys

import h5py
import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from judge import attributes, network, per_channel
from training import check_philox, philox

ATTACK = 23  # RandomPurpose.attack


def uniform_starts(pictures, samples, epsilon, seed):
    """Where pgd starts: value i of a sample from element i // 2, as Noise.swift addresses it."""
    values = pictures[0].size
    element = np.arange((values + 1) // 2)
    unit = lambda low, high: ((high << np.uint64(32) | low) >> np.uint64(11)) * 2.0**-53
    starts = []
    for picture, sample in zip(pictures, samples):
        w = philox((element, 0 * element, int(sample), ATTACK), (seed & 0xFFFFFFFF, seed >> 32))
        units = np.stack([unit(w[0], w[1]), unit(w[2], w[3])], 1).reshape(-1)[:values]
        moved = picture.astype(np.float64) + epsilon * (2 * units.reshape(picture.shape) - 1)
        starts.append(np.clip(moved, 0, 1).astype(np.float32))
    return np.stack(starts)


def gradient_sign(logits, x, start, aims, targeted, epsilon, steps, size):
    """FGSM and PGD."""
    adversarial = start.clone()
    for _ in range(steps):
        adversarial.requires_grad_()
        loss = F.cross_entropy(logits(adversarial).double(), aims, reduction="sum")
        slope = torch.autograd.grad(loss, adversarial)[0].sign() * size
        with torch.no_grad():
            adversarial = adversarial - slope if targeted else adversarial + slope
            adversarial = torch.min(torch.max(adversarial, x - epsilon), x + epsilon).clamp(0, 1)
    return adversarial.detach()


def is_fooled(logits, aims, targeted):
    """Whether logits [N, C] are taken for the target, or not for the label."""
    return (logits.argmax(1) == aims) == targeted


def search(logits, x, aims, targeted, searches, iterations, constant, confidence, rate, losses=None):
    """Carlini and Wagner: pictures, whether the net is fooled, squared distances. `losses` takes those of the
    first picture's first search."""
    count = len(x)
    origin = torch.atanh((2 * x.double() - 1) * 0.999999).float()
    center = torch.tanh(origin) * 0.5 + 0.5
    lower, upper = torch.zeros(count).double(), torch.full((count,), np.inf).double()
    c = torch.full((count,), constant).double()
    best, picture = torch.full((count,), np.inf), x.clone()
    sign = -1 if targeted else 1
    for number in range(searches):
        if number >= 9 and number == searches - 1:
            c = torch.where(upper < 1e9, upper, c)
        delta = torch.zeros_like(x)
        means, squares = torch.zeros_like(x), torch.zeros_like(x)
        last, found = torch.full((count,), np.inf).double(), torch.zeros(count, dtype=bool)
        active = torch.arange(count)
        for iteration in range(iterations):
            shift = delta[active].requires_grad_()
            y = torch.tanh(origin[active] + shift) * 0.5 + 0.5
            z = logits(y)
            aim = F.one_hot(aims[active], z.shape[1]).bool()
            real, other = z[aim], z.masked_fill(aim, -np.inf).max(1).values
            margin = sign * (real - other) + confidence
            distance = ((y - center[active]) ** 2).sum((1, 2, 3))
            loss = distance + c[active].float() * margin.clamp(min=0)
            slope = torch.autograd.grad(loss.sum(), shift)[0]
            loss, distance = loss.detach().double(), distance.detach()
            if losses is not None and number == 0 and len(active) and active[0] == 0:
                losses.append(float(loss[0]))
            goes_on = torch.ones(len(active), dtype=bool)
            if iteration % max(1, iterations // 10) == 0:
                goes_on = ~(loss > last[active] * 0.999999)
                last[active] = loss
            adjusted = z.detach() - sign * -confidence * aim
            hit = is_fooled(adjusted, aims[active], targeted) & goes_on
            found[active[hit]] = True
            better = hit & (distance < best[active])
            best[active[better]], picture[active[better]] = distance[better], y.detach()[better]
            active, slope = active[goes_on], slope[goes_on]
            if not len(active):
                break
            t = iteration + 1
            means[active] = 0.9 * means[active] + 0.1 * slope
            squares[active] = 0.999 * squares[active] + 0.001 * slope**2
            root = (squares[active] / (1 - 0.999**t)).sqrt() + 1e-8
            delta[active] -= rate / (1 - 0.9**t) * means[active] / root
        upper = torch.where(found, torch.minimum(upper, c), upper)
        lower = torch.where(found, lower, torch.maximum(lower, c))
        c = torch.where(upper < 1e9, (lower + upper) / 2, c * 10)
    return picture, best < np.inf, best


def judge(arguments):
    net = network(load_file(arguments.weights)).requires_grad_(False)
    logits = lambda x: net((x - arguments.mean) / arguments.std)
    with h5py.File(arguments.file) as file:
        settings = attributes(file)
        part = slice(arguments.count)
        data = {name: file[name][part] for name in file if name != "classes"}
    chosen = data["was_attacked"] == 1
    original = data["original_u8"].astype(np.float32) / np.float32(255)
    stored = data["adversarial"]
    values = {"samples": len(stored), "attacked": int(chosen.sum())}
    with torch.no_grad():
        before = torch.cat([logits(x) for x in torch.from_numpy(original).split(250)]).numpy()
    values["logits"] = float(np.abs(before - data["logits_before"]).max() / np.abs(before).max())
    outside = (stored < 0) | (stored > 1)
    if "epsilon" in settings:
        outside |= np.abs(stored - original) > np.float32(settings["epsilon"])
        outside |= np.abs(stored.astype(np.float64) - original) > settings["epsilon"]
    outside |= (stored != original) & ~chosen[:, None, None, None]
    values["outside"] = int(outside.sum())
    change = stored.astype(np.float64) - original
    norms = {
        "l0": (change != 0).any(1).sum((1, 2)), "l2": np.sqrt((change**2).sum((1, 2, 3))),
        "linf": np.abs(change).max((1, 2, 3))}
    values["norms"] = float(max(np.abs(norms[n] - data[n]).max() for n in norms))

    targeted = settings["target"] != "untargeted"
    aims = torch.from_numpy(data["targets" if targeted else "labels"][chosen]).long()
    x = torch.from_numpy(original[chosen])
    if settings["method"] == "cw":
        names = ("searches", "iterations", "constant", "confidence", "learning_rate")
        searches, iterations, *rest = (settings[name] for name in names)
        parts = [
            search(logits, *part, targeted, int(searches), int(iterations), *rest)
            for part in zip(x.split(200), aims.split(200))]
        made, fooled, squared = (torch.cat(column) for column in zip(*parts))
    else:
        epsilon = settings["epsilon"]
        start = x
        if settings.get("random_start"):
            start = torch.from_numpy(uniform_starts(
                original[chosen], data["samples"][chosen], epsilon, int(settings["seed"])))
        def attacked(logits):
            return torch.cat([
                gradient_sign(logits, *part, targeted, epsilon, int(settings.get("steps", 1)),
                              settings.get("step_size", epsilon))
                for part in zip(x.split(250), start.split(250), aims.split(250))])

        made = attacked(logits)
        values["equal"] = float((np.abs(made.numpy() - stored[chosen]) <= 1e-5).mean())
        double = network(load_file(arguments.weights)).double().requires_grad_(False)
        exact = attacked(lambda x: double((x.double() - arguments.mean) / arguments.std))
        values["floor"] = float((np.abs(made.numpy() - exact.numpy()) <= 1e-5).mean())
        with torch.no_grad():
            fooled = torch.cat([
                is_fooled(logits(y), aim, targeted)
                for y, aim in zip(made.split(250), aims.split(250))])
    ours = torch.from_numpy(data["success"][chosen] == 1)
    with torch.no_grad():
        parts = torch.from_numpy(stored[chosen]).split(250)
        theirs = torch.cat([is_fooled(logits(y), a, targeted) for y, a in zip(parts, aims.split(250))])
    values |= {"success": int(ours.sum()), "theirs": int(fooled.sum()), "wrong": int((ours & ~theirs).sum())}
    if settings["method"] == "cw":
        both = (ours & fooled).numpy()
        values["l2"] = float(norms["l2"][chosen][both].mean())
        values["their_l2"] = float(np.sqrt(((made - x).numpy().astype(np.float64) ** 2).sum((1, 2, 3)))[both].mean())
    return values


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("file")
    parser.add_argument("--mean", type=per_channel, required=True)
    parser.add_argument("--std", type=per_channel, required=True)
    parser.add_argument("--count", type=int)
    arguments = parser.parse_args()
    check_philox()
    torch.set_num_threads(1)
    try:
        print(json.dumps(judge(arguments), allow_nan=False))
    except Exception as error:
        sys.exit(f"attacks_judge.py: {arguments.file}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
