"""The other program of localisation's tests: makes anew what `csg-dist localize --maps N` wrote of a CIFAR
ResNet on a split whose samples it kept, with PyTorch and NumPy.

usage: localization.py WEIGHTS.safetensors SPLIT OUTPUT --mean a,b,c --std a,b,c [--baseline]

SPLIT is the folder of a split with masks, OUTPUT that of localize, which kept the maps of every sample.
Prints one line of JSON: the largest difference of activations, gradient maps and class activation maps, each
relative to the largest value; how many thresholds, overlaps and classes of filters differ; the largest
difference of Avg-IoU and AP of classes and in all.

Thresholds and regions are told from the maps that OUTPUT holds, whose differences are looked at apart: a pixel
beside its threshold may fall on either side for the last bit of a map.
"""

import argparse
import json
import math
from pathlib import Path

import h5py
import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from judge import network

METHODS = {"gradmap": 0.2, "activmap": 0.3, "cam": 0.3}


def read_split(folder):
    images, masks, labels = [], [], []
    for path in sorted(Path(folder).glob("shard-*.h5")):
        with h5py.File(path) as file:
            images.append(file["images"][:])
            masks.append(file["masks"][:])
            labels.append(file["labels"][:])
    return np.concatenate(images), np.concatenate(masks) > 0, np.concatenate(labels)


def blurred(maps, sigma, radius):
    """Rows, then columns; mirrored at the borders, the border pixel twice."""
    kernel = np.exp(-0.5 * np.arange(-radius, radius + 1) ** 2 / sigma**2)
    kernel /= kernel.sum()
    for axis in (-1, -2):
        padded = np.pad(maps, [(0, 0)] * (maps.ndim + axis) + [(radius, radius)] + [(0, 0)] * (-1 - axis),
                        mode="symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=axis)
        maps = windows @ kernel
    return maps


def gradient_maps(net, x, settings):
    """[N, K, H, W] in float64."""
    net, x = net.double(), x.double().requires_grad_()
    pooled = net.features(x)
    maps = []
    for k in range(pooled.shape[1]):
        gradient = torch.autograd.grad(pooled[:, k].sum(), x, retain_graph=True)[0].numpy()
        norm = np.sqrt((gradient**2).sum(1))
        square = np.sqrt((norm**2).mean((1, 2), keepdims=True))
        maps.append(np.divide(norm, square, out=np.zeros_like(norm), where=square > 0))
    return blurred(np.stack(maps, 1), settings["sigma"], settings["blur_radius"])


def resized(maps, height, width):
    """Bilinear, corners not aligned, in float32 and in csg-dist's order."""

    def taps(before, after):
        place = np.maximum((np.arange(after) + 0.5) * (before / after) - 0.5, 0)
        first = np.minimum(place.astype(int), before - 1)
        return first, np.minimum(first + 1, before - 1), (place - first).astype(np.float32)

    top, bottom, down = taps(maps.shape[-2], height)
    left, right, across = taps(maps.shape[-1], width)
    down = down[:, None]
    rows = lambda rows: (1 - across) * maps[..., rows, :][..., left] + across * maps[..., rows, :][..., right]
    return (1 - down) * rows(top) + down * rows(bottom)


def largest_share(values, share):
    """The value that a share of the last axis is at least."""
    count = values.shape[-1]
    return np.sort(values, -1)[..., ::-1][..., math.ceil(share * count) - 1]


def overlaps(regions, masks):
    both = (regions & masks).sum((-1, -2))
    either = (regions | masks).sum((-1, -2))
    return np.divide(both, either, out=np.zeros(both.shape), where=either > 0)


def relative(ours, theirs):
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def scores(iou, labels, classes, least):
    """Of filters [N, K]: the class of each, and (Avg-IoU, AP) by class and in all."""
    present = [c for c in range(classes) if (labels == c).any()]
    ap = np.full((classes, iou.shape[1]), -1.0)
    mean = np.zeros((classes, iou.shape[1]))
    for c in present:
        ap[c], mean[c] = (iou[labels == c] >= least).mean(0), iou[labels == c].mean(0)
    focus = ap.argmax(0)
    filters = np.arange(iou.shape[1])
    own = np.stack([mean[focus, filters], ap[focus, filters]])
    by_class = [own[:, focus == c].mean(1) if (focus == c).any() else None for c in range(classes)]
    return focus, by_class, own.mean(1)


def image_scores(iou, labels, classes, least):
    both = np.stack([iou, iou >= least]).astype(float)
    by_class = [
        both[:, labels == c].mean(1) if (labels == c).any() else None for c in range(classes)]
    return by_class, both.mean(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights")
    parser.add_argument("split")
    parser.add_argument("output", type=Path)
    for name in ("mean", "std"):
        parser.add_argument(f"--{name}", required=True, type=lambda s: [float(v) for v in s.split(",")])
    parser.add_argument("--baseline", action="store_true")
    arguments = parser.parse_args()

    document = json.loads((arguments.output / "localization.json").read_text())
    group = "baseline" if arguments.baseline else "network"
    found, settings = document[group]["methods"], document["settings"]
    file = h5py.File(arguments.output / "localization.h5")
    maps, stored = file[f"{group}/maps"], file[group]
    images, masks, labels = read_split(arguments.split)
    scored = masks.any((1, 2))
    classes = len(document["data"]["class_counts"])
    height, width = masks.shape[1:]

    net = network(load_file(arguments.weights))
    mean, std = (torch.tensor(v).view(1, -1, 1, 1) for v in (arguments.mean, arguments.std))
    x = (torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - mean) / std
    with torch.no_grad():
        first = F.relu(net.bn1(net.conv1(x)))
        activations = net.layer3(net.layer2(net.layer1(first))).numpy()
        weights = net.fc.weight.numpy()
    cam = np.einsum("nk,nkhw->nhw", weights[labels], activations.astype(np.float64))
    cam = F.interpolate(
        torch.from_numpy(cam)[:, None], (height, width), mode="bilinear", align_corners=False)[:, 0].numpy()
    result = {
        "activations": relative(maps["activations"][:], activations),
        "gradmap": relative(maps["gradmap"][:], gradient_maps(net, x, settings)),
        "cam": relative(maps["cam"][:], cam),
    }

    kept = maps["activations"][:]
    values = kept.transpose(1, 0, 2, 3).reshape(kept.shape[1], -1)
    thresholds = largest_share(values, settings["share"])
    result["thresholds"] = int((thresholds != stored["activmap/threshold"][:]).sum())
    iou = {
        "gradmap": overlaps(maps["gradmap"][:] > 1, masks[:, None]),
        "activmap": overlaps(
            resized(kept, height, width) >= thresholds[:, None, None], masks[:, None]),
    }
    flat = maps["cam"][:].reshape(len(labels), -1)
    limit = largest_share(flat, settings["share"])
    iou["cam"] = overlaps(maps["cam"][:] >= limit[:, None, None], masks)
    result["overlaps"] = sum(
        int((iou[m][scored] != stored[f"{m}/iou"][:][scored]).sum()) for m in METHODS)

    result["focus"], error = 0, 0.0
    for method, least in METHODS.items():
        theirs = found[method]
        if method == "cam":
            by_class, total = image_scores(iou[method][scored], labels[scored], classes, least)
        else:
            focus, by_class, total = scores(iou[method][scored], labels[scored], classes, least)
            result["focus"] += int((focus != [f["class"] for f in theirs["filters"]]).sum())
        for ours, part in zip(by_class, theirs["classes"]):
            assert (ours is None) == (part["avg_iou"] is None)
            if ours is not None:
                error = max(error, abs(ours[0] - part["avg_iou"]), abs(ours[1] - part["ap"]))
        error = max(
            error, abs(total[0] - theirs["avg_iou"]["value"]), abs(total[1] - theirs["ap"]["value"]))
    result["scores"] = error
    print(json.dumps(result))


if __name__ == "__main__":
    main()
