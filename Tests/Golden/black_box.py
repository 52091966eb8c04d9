#!/usr/bin/env python3
"""Black-box attacks on two small nets by NumPy, for csg-dist to match bit by bit.

usage: black_box.py   (numpy, safetensors; torch for training.py)

Writes black_box.safetensors beside this script. NET is colour (3 x 8 x 8, 5 classes) or grey
(1 x 7 x 9, 4 classes); its sample i has the number FIRST[NET] + i, all random numbers the seed SEED:
  NET.pictures [N, C, H, W]   NET.labels [N], some of which the net does not predict
  NET.hidden.weight [J, C*H*W]  NET.hidden.bias [J]  NET.output.weight [classes, J]
  NET.output.bias [classes]   logits: hidden, ReLU, output, each sum from the bias on in index order,
                              every product and sum rounded to float32
  NET.CASE.pictures, NET.CASE.success [N], NET.CASE.queries [N]   what an attack came to; cases and
                              their settings are those of `cases`

Sources: Narodytska, Kasiviswanathan, "Simple Black-Box Adversarial Perturbations for Deep Networks",
2016, Algorithms 1 to 3, with what advertorch does otherwise; Su, Vargas, Sakurai, "One Pixel Attack for
Fooling Deep Neural Networks", 2017, with the bounds of SciPy's differential evolution. Addresses of
random numbers: AttackRandom.swift and PixelEvolution.swift.

Decisions must not hang on the last bits of exp, which are others' here: the script fails where two
scores are compared that are neither equal nor far enough apart.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from training import check_philox, philox

SEED = (1 << 32) + 7
ATTACK = 23  # as Philox.swift numbers purposes
SINGLE_PIXEL, LOCAL_SEARCH, ONE_PIXEL = 1, 2, 3  # as AttackRandom.swift numbers methods
FIRST = {"colour": 0, "grey": 1000}
ONE, HALF = np.float32(1), np.float32(0.5)


class Random:
    def __init__(self, method, sample):
        self.stream = (method << 28) + sample

    def words(self, turn, places, attempt=0):
        elements = (turn << 32) + np.asarray(places, np.int64)
        counter = (elements & 0xFFFFFFFF, elements >> 32 << 16 | attempt, self.stream, ATTACK)
        return philox(counter, (SEED & 0xFFFFFFFF, SEED >> 32))

    def choose(self, count, items, turn):
        order = list(items)
        w = self.words(turn, np.arange(len(order)))
        for i in range(len(order) - 1, 0, -1):
            j = int(below(i + 1, w[0][i], w[1][i]))
            order[i], order[j] = order[j], order[i]
        return order[:count]

    def normal(self, turn, place):
        for attempt in range(1 << 16):
            w = self.words(turn, place, attempt)
            u, v = (2 * float(unit(*w[i:i + 2])) - 1 for i in (0, 2))
            square = u * u + v * v
            if 0 < square < 1:
                return u * math.sqrt(-2 * logarithm(square) / square)


def logarithm(x):
    """The natural logarithm of 0 < x < 1, bit by bit that of ElementaryFunctions.swift."""
    m, n = math.frexp(x)
    m, n = 2 * m, n - 1
    if m > 1.4142135623730951:
        m, n = m / 2, n + 1
    s = (m - 1) / (m + 1)
    square, series = s * s, 0.0
    for k in range(23, 2, -2):
        # Fused: one rounding.
        series = float(Fraction(series) * Fraction(square) + Fraction(1 / k))
    tail = 2 * s * (series * square)
    high, low = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")
    return n * high + (2 * s + (tail + n * low))


def below(bound, low, high):
    bound, shift = np.uint64(bound), np.uint64(32)
    return (high * bound + (low * bound >> shift)) >> shift


def unit(low, high):
    return ((high << np.uint64(32) | low) >> np.uint64(11)) * 2.0**-53


def apart(a, b):
    """Whether two scores are equal, or too far apart for the last bits of exp to matter."""
    assert a == b or abs(a - b) > 1e-12 * max(abs(a), abs(b)), (a, b)


@dataclass
class Net:
    hidden: tuple  # weight, bias
    output: tuple

    @staticmethod
    def layer(weight, bias, x):
        y = np.repeat(bias[:, None], x.shape[1], 1)
        for i in range(weight.shape[1]):
            y = y + weight[:, i, None] * x[i]
        return y

    def logits(self, pictures):
        x = np.stack(pictures).reshape(len(pictures), -1).T
        assert x.dtype == np.float32
        hidden = np.maximum(self.layer(*self.hidden, x), np.float32(0))
        return self.layer(*self.output, hidden).T


class Asked:
    """A net for one attack: counts, judges and scores."""

    def __init__(self, net, label, target=None):
        self.net, self.label, self.target, self.queries = net, label, target, 0

    def __call__(self, pictures):
        logits = self.net.logits(pictures)
        self.queries += len(pictures)
        assert logits.dtype == np.float32
        predicted = logits.argmax(1)  # the first of equal ones
        fooled = predicted != self.label if self.target is None else predicted == self.target
        return fooled, [self.score(row) for row in logits]

    def score(self, logits):
        known = self.label if self.target is None else self.target
        odds = 0.0
        for other, logit in enumerate(logits):
            if other != known:
                odds += math.exp(float(logit) - float(logits[known]))
        return odds if self.target is None else -odds

    def knows(self, picture):
        self.queries += 1
        return self.net.logits([picture])[0].argmax() == self.label


def first_best(scores, indices):
    best = max(indices, key=lambda i: (scores[i], -i))
    for i in indices:
        apart(scores[i], scores[best])
    return best


def single_pixel(net, picture, label, sample, pixels=100, turn=10):
    asked, random = Asked(net, label), Random(SINGLE_PIXEL, sample)
    if not asked.knows(picture):
        return picture, False, asked.queries
    _, height, width = picture.shape
    order = random.choose(pixels, range(height * width), 0)
    for first in range(0, len(order), turn):
        candidates = []
        for pixel in order[first:first + turn]:
            for value in 0, 1:
                candidates.append(picture.copy())
                candidates[-1][:, pixel // width, pixel % width] = value
        fooled, _ = asked(candidates)
        if fooled.any():
            return candidates[int(fooled.argmax())], True, asked.queries
    return picture, False, asked.queries


def cyclic(values, r):
    result = np.float32(r) * values
    result = np.where(result < -HALF, result + ONE, np.where(result > HALF, result - ONE, result))
    assert result.dtype == np.float32
    return result


def local_search(
        net, picture, label, sample, form="published", p=1.0, r=1.5, d=5, t=5, rounds=10, share=0.1,
        seeds_limit=128):
    asked, random = Asked(net, label), Random(LOCAL_SEARCH, sample)
    if not asked.knows(picture):
        return picture, False, asked.queries
    _, height, width = picture.shape
    seeds = random.choose(
        min(seeds_limit, max(1, int(share * height * width))), range(height * width), 0)
    current, found, distance = picture.copy(), None, math.inf

    def offer(other):
        nonlocal found, distance
        squares = ((picture.astype(np.float64) - other) ** 2).ravel()
        own = 0.0
        for square in squares:
            own += square
        if own < distance:
            found, distance = other, own

    for turn in range(1, rounds + 1):
        seeds = sorted(seeds)
        probes = []
        for pixel in seeds:
            at = slice(None), pixel // width, pixel % width
            probes.append(current.copy())
            probed = HALF + np.float32(p) * np.sign(current[at] - HALF)
            probes[-1][at] = np.clip(probed, 0, 1)
        fooled, scores = asked(probes)
        if form == "library":
            for i in np.flatnonzero(fooled):
                offer(probes[i])
        order = sorted(range(len(seeds)), key=lambda i: (-scores[i], i))
        for a, b in zip(order, order[1:]):
            apart(scores[a], scores[b])
        chosen = [seeds[i] for i in order[:t]]
        for pixel in chosen:
            at = slice(None), pixel // width, pixel % width
            current[at] = cyclic(current[at] - HALF, r) + HALF
        if asked([current])[0][0]:
            offer(current)
            break
        if form == "library":
            current = picture.copy()
        near = {
            y * width + x
            for a in chosen
            for y in range(a // width - d, a // width + d + 1) if 0 <= y < height
            for x in range(a % width - d, a % width + d + 1) if 0 <= x < width}
        seeds = random.choose(seeds_limit, sorted(near), turn)
    return (picture, False, asked.queries) if found is None else (found, True, asked.queries)


def one_pixel(
        net, picture, label, sample, pixels=1, population=400, generations=75, recombination=1.0,
        factor=(0.5, 0.5), base="random", target=None):
    asked, random = Asked(net, label, target), Random(ONE_PIXEL, sample)
    if not asked.knows(picture):
        return picture, False, asked.queries
    channels, height, width = picture.shape
    bounds = ([height, width] + [255] * channels) * pixels
    count, stride = len(bounds), 2 + channels
    places = 2 + count

    def drawn(picture, vector):
        changed = picture.copy()
        for at in range(0, count, stride):
            y, x, *colours = (int(value) for value in vector[at:at + stride])
            changed[:, y, x] = np.float32(colours) / np.float32(255)
        return changed

    members = np.empty((population, count))
    for member in range(population):
        for i in range(count):
            place = member * places + 2 + i
            if i % stride < 2:
                w = random.words(0, place)
                members[member, i] = unit(w[0], w[1]) * bounds[i]
            else:
                members[member, i] = np.clip(128 + 127 * random.normal(0, place), 0, 255)

    fitness = None
    for turn in range(generations + 1):
        tried = members
        if turn:
            low, high = factor
            w = random.words(turn, population * places)
            f = low + unit(w[0], w[1]) * (high - low) if low < high else low
            best = first_best(fitness, range(population))
            all_words = random.words(turn, np.arange(population * places))
            tried = members.copy()
            for member in range(population):
                first = member * places
                w, more = ([word[first + i] for word in all_words] for i in (0, 1))
                taken = [member]
                for k, (a, b) in enumerate(((w[0], w[1]), (w[2], w[3]), (more[0], more[1]))):
                    left = [i for i in range(population) if i not in taken]
                    taken.append(left[int(below(population - 1 - k, a, b))])
                _, r1, r2, r3 = taken
                start, plus, minus = (r1, r2, r3) if base == "random" else (best, r1, r2)
                always = int(below(count, more[2], more[3]))
                for i in range(count):
                    own = [word[first + 2 + i] for word in all_words]
                    if i != always and not unit(own[0], own[1]) < recombination:
                        continue
                    value = members[start, i] + f * (members[plus, i] - members[minus, i])
                    inside = 0 <= value <= 255 if i % stride >= 2 else 0 <= value < bounds[i]
                    tried[member, i] = value if inside else unit(own[2], own[3]) * bounds[i]
        pictures = [drawn(picture, vector) for vector in tried]
        fooled, scores = asked(pictures)
        if fooled.any():
            best = first_best(scores, list(np.flatnonzero(fooled)))
            return pictures[best], True, asked.queries
        if turn == 0:
            fitness = list(scores)
            continue
        for member in range(population):
            apart(scores[member], fitness[member])
            if scores[member] >= fitness[member]:
                members[member], fitness[member] = tried[member], scores[member]
    return picture, False, asked.queries


def cases(label, classes):
    return {
        "single": (single_pixel, {}),
        "single-few": (single_pixel, {"pixels": 7, "turn": 3}),
        "local": (local_search, {}),
        "local-library": (local_search, {"form": "library"}),
        "local-small": (local_search, {
            "p": 0.375, "r": 1.875, "d": 1, "t": 2, "rounds": 4, "share": 0.2, "seeds_limit": 8}),
        "one": (one_pixel, {}),
        "one-targeted": (one_pixel, {
            "pixels": 3, "population": 10, "generations": 75, "target": (label + 1) % classes}),
        "one-best": (one_pixel, {
            "pixels": 2, "population": 8, "generations": 75, "recombination": 0.7,
            "factor": (0.5, 1.0), "base": "best"}),
        "one-small": (one_pixel, {"population": 6, "generations": 75}),
    }


def make(random, count, channels, height, width, classes, hidden):
    """A net, and pictures that it knows more or less surely."""
    extent = channels * height * width
    layer = lambda rows, columns, size: (
        (random.normal(size=(rows, columns)) * size).astype(np.float32),
        (random.normal(size=rows) * 0.1).astype(np.float32))
    net = Net(layer(hidden, extent, 0.25), layer(classes, hidden, 1))
    pictures = random.integers(0, 256, (40 * count, channels, height, width))
    pictures = (pictures / np.float32(255)).astype(np.float32)
    logits = np.sort(net.logits(pictures), axis=1)
    order = np.argsort(logits[:, -1] - logits[:, -2])  # from doubtful to sure
    chosen = pictures[order[np.linspace(0, 0.75 * len(order), count).astype(int)]]
    labels = net.logits(chosen).argmax(1)
    labels[::7] = (labels[::7] + 1) % classes  # not predicted
    return net, chosen, labels


def main():
    check_philox()
    random = np.random.default_rng(12)
    tensors = {}
    for name, shape in (
        ("colour", (20, 3, 8, 8, 5, 8)),
        ("grey", (20, 1, 7, 9, 4, 6)),
    ):
        net, pictures, labels = make(random, *shape)
        tensors |= {
            f"{name}.pictures": pictures, f"{name}.labels": labels.astype(np.float32),
            f"{name}.hidden.weight": net.hidden[0], f"{name}.hidden.bias": net.hidden[1],
            f"{name}.output.weight": net.output[0], f"{name}.output.bias": net.output[1]}
        for case in cases(0, shape[4]):
            came = []
            for i, (picture, label) in enumerate(zip(pictures, labels)):
                attack, settings = cases(int(label), shape[4])[case]
                came.append(attack(net, picture, int(label), FIRST[name] + i, **settings))
            tensors[f"{name}.{case}.pictures"] = np.stack([picture for picture, _, _ in came])
            tensors[f"{name}.{case}.success"] = np.float32([success for _, success, _ in came])
            tensors[f"{name}.{case}.queries"] = np.float32([queries for _, _, queries in came])
            print(name, case, f"{sum(s for _, s, _ in came)} of {len(came)} fool;",
                  "queries", *(queries for _, _, queries in came))
    save_file(tensors, Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
