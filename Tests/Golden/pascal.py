#!/usr/bin/env python3
"""Draws a small PASCAL VOC devkit with PASCAL-Part, and what its objects look like, cropped.

Writes devkit/ and, for each object of the six animals, crops/STEM.NUMBER.png (32 x 32, RGB) and
crops/STEM.NUMBER.mask.png (0 and 1), both below pascal/ beside this script. A crop is the square
around the object's box, 0 outside the picture, resized by Pillow: LANCZOS, and NEAREST for the
mask. Pictures are JPEG as in VOC, so crops start from Pillow's decoding.

usage: Tests/Golden/pascal.py   (Pillow 13, numpy, scipy)
"""
import pathlib
import shutil

import numpy as np
from PIL import Image
from scipy.io import savemat

SIZE = 32
ANIMALS = ["bird", "cat", "dog", "cow", "horse", "sheep"]
folder = pathlib.Path(__file__).parent / "pascal"
devkit = folder / "devkit"


def ellipse(height, width, row, column, rows, columns):
    """A mask of 0 and 1; parts beyond the edges are cut."""
    y, x = np.mgrid[0:height, 0:width]
    return (((y - row) / rows) ** 2 + ((x - column) / columns) ** 2 <= 1).astype(np.uint8)


def picture(stem, height, width, objects):
    """Gradients and stripes, each object in a colour of its own."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack(
        [200 * x // width, 200 * y // height, 60 + 40 * ((x + 2 * y) // 6 % 2)], -1)
    for number, (_, mask) in enumerate(objects, 1):
        pixels[mask > 0] = [(97 * number) % 256, 250 - 60 * number % 200, (40 * number) % 256]
        pixels[(mask > 0) & (x % 7 < 2)] = [240, 240, 20]
    path = devkit / "JPEGImages" / f"{stem}.jpg"
    Image.fromarray(pixels.astype(np.uint8)).save(path, quality=90)


def mat(stem, objects):
    """PASCAL-Part's structure, compressed as its files are; the first object has two parts."""
    array = np.zeros((1, len(objects)), dtype=[
        ("class", "O"), ("class_ind", "O"), ("mask", "O"), ("parts", "O")])
    for index, (name, mask) in enumerate(objects):
        parts = np.zeros((0, 0))
        if index == 0:
            parts = np.zeros((1, 2), dtype=[("part_name", "O"), ("mask", "O")])
            parts[0, 0], parts[0, 1] = ("head", mask), ("torso", mask)
        array[0, index] = (name, index + 1, mask, parts)
    content = {"imname": stem, "objects": array if objects else np.zeros((0, 0))}
    savemat(devkit / "Annotations_Part" / f"{stem}.mat", {"anno": content}, do_compression=True)


def voc(stem, objects):
    """VOC's own: object numbers in a palette PNG, a border of 255, names in an XML file."""
    height, width = objects[0][1].shape
    numbers = np.zeros((height, width), np.uint8)
    for number, (_, mask) in enumerate(objects, 1):
        numbers[mask > 0] = number
    edge = np.zeros_like(numbers, bool)
    edge[1:] |= numbers[1:] != numbers[:-1]
    numbers[edge] = 255
    indexed = Image.fromarray(numbers, "P")
    indexed.putpalette([(i * 37 + c * 91) % 256 for i in range(256) for c in range(3)])
    indexed.save(devkit / "SegmentationObject" / f"{stem}.png", optimize=True)
    entries = "".join(
        f"\t<object>\n\t\t<part><name>head</name></part>\n\t\t<name>{name}</name>\n\t</object>\n"
        for name, _ in objects)
    (devkit / "Annotations" / f"{stem}.xml").write_text(
        f"<annotation>\n\t<filename>{stem}.jpg</filename>\n\t<owner><name>none</name></owner>\n"
        f"{entries}</annotation>\n")
    return [(name, (numbers == number).astype(np.uint8))
            for number, (name, _) in enumerate(objects, 1)]


def crops(stem, objects):
    pixels = np.asarray(Image.open(devkit / "JPEGImages" / f"{stem}.jpg").convert("RGB"))
    for number, (name, mask) in enumerate(objects, 1):
        if name not in ANIMALS or not mask.any():
            continue
        ys, xs = np.nonzero(mask)
        rows, columns = ys.max() - ys.min() + 1, xs.max() - xs.min() + 1
        side = max(rows, columns)
        # From the doubled centre, rounded up or left.
        top = (int(ys.min() + ys.max()) + 1 - side) // 2
        left = (int(xs.min() + xs.max()) + 1 - side) // 2
        pad = side
        padded = np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)))
        padded_mask = np.pad(mask, pad)
        part = np.s_[top + pad:top + pad + side, left + pad:left + pad + side]
        Image.fromarray(padded[part]).resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(
            folder / "crops" / f"{stem}.{number}.png", optimize=True)
        Image.fromarray(padded_mask[part]).resize((SIZE, SIZE), Image.Resampling.NEAREST).save(
            folder / "crops" / f"{stem}.{number}.mask.png", optimize=True)


def main():
    shutil.rmtree(folder, ignore_errors=True)
    for name in ["JPEGImages", "Annotations", "Annotations_Part", "SegmentationObject",
                 "ImageSets/Main"]:
        (devkit / name).mkdir(parents=True)
    (folder / "crops").mkdir()
    pictures = {
        # Cut by the left edge; a person beside it.
        "2008_01": (40, 56, [("bird", (20, 2, 9, 14)), ("person", (20, 45, 18, 8))]),
        # A dog of which nothing is seen; a cat of one pixel.
        "2008_02": (50, 41, [("dog", (25, 20, 12, 15)), ("dog", (-40, 0, 3, 3)),
                             ("cat", (45, 38, 0.5, 0.5))]),
        # Taller than the picture is wide: the square reaches over both sides.
        "2008_03": (64, 30, [("sheep", (32, 14, 30, 6))]),
        "2009_04": (48, 64, [("sheep", (20, 12, 9, 10)), ("sheep", (30, 50, 15, 11)),
                             ("horse", (12, 36, 10, 9.5))]),
        "2009_05": (30, 30, [("chair", (15, 15, 9, 9))]),
        "2009_06": (30, 34, []),
        "2010_09": (45, 60, [("cow", (22, 18, 13, 16)), ("bottle", (20, 52, 15, 4)),
                             ("cow", (40, 40, 12, 7))]),
    }
    for stem, (height, width, shapes) in pictures.items():
        objects = [(name, ellipse(height, width, *shape)) for name, shape in shapes]
        picture(stem, height, width, objects)
        mat(stem, objects)
        crops(stem, objects)
    # Outlines of VOC alone; and none at all.
    objects = [("horse", ellipse(42, 50, 20, 15, 12, 13)), ("car", ellipse(42, 50, 10, 45, 6, 5)),
               ("cat", ellipse(42, 50, 30, 38, 8, 9))]
    picture("2010_07", 42, 50, objects)
    crops("2010_07", voc("2010_07", objects))
    picture("2010_08", 20, 20, [])
    lists = devkit / "ImageSets" / "Main"
    (lists / "train.txt").write_text("2008_01\n2008_02\n2009_04\n2009_05\n2010_08\n2010_09\n")
    (lists / "val.txt").write_text("2008_03\n2009_06\n2010_07\n")


main()
