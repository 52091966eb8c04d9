#!/usr/bin/env python3
"""Holds black_box.safetensors against the library advertorch, whose names Table 4 has.

usage: black_box_advertorch.py FOLDER   (numpy, safetensors, torch; FOLDER: advertorch 0.2.3's sources)

Attacks the colour pictures of black_box.py that the net knows by advertorch's own SinglePixelAttack and
LocalSearchAttack, with random orders of the pixels replaced by csg-dist's, and compares success, changed
pixels and values with the cases "single" and "local-library". Fails where one differs. Values may
differ by the library's way to 0 and back (1e-6). Writes nothing.

The pictures must be square: the library takes rows for columns. It gives up where a picture has
fewer pixels than max_pixels, so this says 64.
"""

import importlib
import sys
import types
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file

import black_box


def library(folder):
    """Its module of black-box attacks, without the others, which want an older PyTorch."""
    for name in "advertorch", "advertorch.attacks":
        module = types.ModuleType(name)
        module.__path__ = [str(Path(folder, *name.split(".")))]
        sys.modules[name] = module
    base = importlib.import_module("advertorch.attacks.base")
    module.Attack, module.LabelMixin = base.Attack, base.LabelMixin
    return importlib.import_module("advertorch.attacks.localsearch")


def main():
    attacks = library(sys.argv[1])
    tensors = load_file(Path(__file__).with_name("black_box.safetensors"))
    tensor = lambda key: tensors[f"colour.{key}"]
    net = black_box.Net(*(
        (tensor(f"{layer}.weight"), tensor(f"{layer}.bias")) for layer in ("hidden", "output")))
    predict = lambda x: torch.from_numpy(net.logits(list(x.numpy().astype(np.float32))))
    side = tensor("pictures").shape[-1]
    pixels = side * side
    for case, method, attack in (
        ("single", black_box.SINGLE_PIXEL, attacks.SinglePixelAttack(predict, max_pixels=pixels)),
        ("local-library", black_box.LOCAL_SEARCH, attacks.LocalSearchAttack(predict)),
    ):
        known = fooled = 0
        for i, (picture, label) in enumerate(zip(tensor("pictures"), tensor("labels"))):
            if net.logits([picture])[0].argmax() != label:
                continue
            random = black_box.Random(method, black_box.FIRST["colour"] + i)
            order = random.choose(pixels, range(pixels), 0)
            transposed = torch.tensor([p % side * side + p // side for p in order])
            # Only the first choice is random: 64 pixels are fewer than 128 seeds.
            torch.randperm = lambda n: transposed if n == pixels else torch.arange(n)
            theirs = attack.perturb(
                torch.from_numpy(picture[None]), torch.tensor([int(label)]))[0].numpy()
            ours = tensor(f"{case}.pictures")[i]
            success = net.logits([theirs.astype(np.float32)])[0].argmax() != label
            changed = lambda other: np.abs(other - picture).max(0) > 1e-5
            assert success == tensor(f"{case}.success")[i], (case, i)
            assert (changed(theirs) == changed(ours)).all(), (case, i)
            assert np.abs(theirs - ours).max() < 1e-6, (case, i)
            known, fooled = known + 1, fooled + success
        print(case, f"{known} pictures alike, {fooled} of them fooled")


if __name__ == "__main__":
    main()
