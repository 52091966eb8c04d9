#!/usr/bin/env python3
"""Changes the colours of pictures/drawing.png by torchvision, on a tensor of bytes.

Writes pictures/CHANGE-FACTOR.ppm.

usage: Tests/Golden/colours.py   (torch, torchvision 0.28, Pillow)
"""
import pathlib

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import functional

folder = pathlib.Path(__file__).parent / "pictures"
changes = {
    "brightness": (functional.adjust_brightness, [0.4, 1.7]),
    "contrast": (functional.adjust_contrast, [0.3, 1.6]),
    "saturation": (functional.adjust_saturation, [0.25, 1.8]),
    "hue": (functional.adjust_hue, [-0.4, 0.15]),
}
picture = np.asarray(Image.open(folder / "drawing.png").convert("RGB"))
tensor = torch.from_numpy(picture.copy()).permute(2, 0, 1)
for name, (change, factors) in changes.items():
    for factor in factors:
        changed = change(tensor, factor).permute(1, 2, 0).numpy()
        Image.fromarray(changed).save(folder / f"{name}-{factor}.ppm")
