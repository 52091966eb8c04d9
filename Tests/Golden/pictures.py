#!/usr/bin/env python3
"""Draws small pictures in every coding that JPEG and PNG files come in, and what Pillow makes of them.

Writes pictures/NAME.jpg or .png beside pictures/NAME.ppm (upright RGB by Pillow; 8-bit PGM for
stored indices), and pictures/FILTER-HEIGHTxWIDTH.ppm: pictures/drawing.png resized by Pillow; and
strips of one pixel's width, with their middle squares.

usage: Tests/Golden/pictures.py   (Pillow 13, numpy)
"""
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

folder = pathlib.Path(__file__).parent / "pictures"


def drawing(height, width):
    """Gradients, a disc and stripes: smooth parts, edges, and no symmetry."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x // (width - 1)
    green = 255 * y // (height - 1)
    blue = np.where((x - width / 3) ** 2 + (y - height / 4) ** 2 < (height / 5) ** 2, 230, 40)
    stripes = ((x + 2 * y) // 5 % 3 == 0) & (y > height / 2)
    picture = np.stack([red, green, blue], -1)
    picture[stripes] = [250, 245, 10]
    return Image.fromarray(picture.astype(np.uint8))


def judge(name):
    """Saves what Pillow sees in a file as RGB."""
    picture = ImageOps.exif_transpose(Image.open(folder / name)).convert("RGB")
    picture.save(folder / (name.rsplit(".", 1)[0] + ".ppm"))


def jpeg(name, picture, **options):
    picture.save(folder / f"{name}.jpg", quality=85, **options)
    judge(f"{name}.jpg")


def png_by_hand(name, values, colour, passes):
    """A PNG that Pillow does not write: `passes` lists first row, first column, steps of each pass."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    height, width = values.shape[:2]
    rows = [b"\0" + row.tobytes() for top, left, down, right in passes
            for row in values[top::down, left::right]]
    header = struct.pack(">IIBBBBB", width, height, 8 * values.itemsize, colour, 0, 0,
                         int(len(passes) > 1))
    (folder / f"{name}.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b""))


def png16(name, values, colour):
    """16 bits; the expected picture is the high bytes."""
    png_by_hand(name, values.astype(">u2"), colour, [(0, 0, 1, 1)])
    high = (values >> 8).astype(np.uint8)
    if high.ndim == 2:
        high = np.repeat(high[:, :, None], 3, 2)
    Image.fromarray(high[:, :, :3].copy()).save(folder / f"{name}.ppm")


def columns_first(picture, height, width, kind):
    """Resized in two passes; which one Pillow takes first changed with its versions."""
    return picture.resize((width, picture.height), kind).resize((width, height), kind)


def center(picture, short, side):
    """torchvision's Resize drops the long side's fraction; its CenterCrop rounds half to even."""
    least = min(picture.size)
    width, height = [int(short * length / least) for length in picture.size]
    picture = columns_first(picture, height, width, Image.BILINEAR)
    left, top = round((width - side) / 2), round((height - side) / 2)
    return picture.crop((left, top, left + side, top + side))


def drawn_strip(height, width):
    """Grey levels that also number three objects, and a border, as PASCAL VOC's palettes do."""
    place = np.arange(height * width, dtype=np.int64)
    levels = np.array([0, 1, 255, 2, 255, 3, 0], np.uint8)[place * place // 3 % 7]
    return Image.fromarray(levels.reshape(height, width))


def main():
    folder.mkdir(exist_ok=True)
    small = drawing(17, 23)
    pixels = np.asarray(small)
    for name, options in [("plain", {"subsampling": 0}), ("subsampled", {"subsampling": 2}),
                          ("progressive", {"progressive": True}), ("restarts", {"restart_marker_rows": 1})]:
        jpeg(name, small, **options)
    jpeg("grey", small.convert("L"))
    jpeg("cmyk", small.convert("CMYK"))
    jpeg("rgb-coded", small, keep_rgb=True)
    # The last byte of Adobe's segment says what the planes are: 0 CMYK, 2 YCCK.
    data = bytearray((folder / "cmyk.jpg").read_bytes())
    data[data.index(b"Adobe") + 11] = 2
    (folder / "ycck.jpg").write_bytes(data)
    judge("ycck.jpg")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        jpeg(f"orientation-{orientation}", small, exif=exif)

    def png(name, picture, **options):
        picture.save(folder / f"{name}.png", **options)
        judge(f"{name}.png")
    png("rgb", small)
    png("grey-8", small.convert("L"))
    png("bilevel", small.convert("1"))
    alpha = small.copy()
    alpha.putalpha(Image.fromarray((255 - pixels[:, :, 0]).astype(np.uint8)))
    png("alpha", alpha)
    png("grey-alpha", alpha.convert("LA"))
    for colours, bits in [(200, 8), (13, 4), (4, 2)]:
        palette = small.quantize(colours)
        png(f"palette-{bits}", palette, bits=bits)
        Image.fromarray(np.asarray(palette)).save(folder / f"palette-{bits}.pgm")
    png("palette-transparent", small.quantize(16), transparency=3)
    wide = pixels.astype(np.uint32) * 257 // 2 + 77
    png16("rgb-16", wide, 2)
    png16("grey-16", wide[:, :, 1], 0)

    png_by_hand("interlaced", pixels, 2, [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4),
                                          (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)])
    judge("interlaced.png")

    large = drawing(61, 47)
    large.save(folder / "drawing.png")
    for name, kind in [("bilinear", Image.BILINEAR), ("lanczos", Image.LANCZOS)]:
        for height, width in [(20, 31), (100, 90), (61, 16), (7, 5)]:
            columns_first(large, height, width, kind).save(folder / f"{name}-{height}x{width}.ppm")
        part = large.crop((5, 9, 40, 50))
        columns_first(part, 24, 17, kind).save(folder / f"{name}-box-24x17.ppm")
    for short, side in [(40, 32), (40, 33), (47, 24), (45, 40)]:
        center(large, short, side).save(folder / f"center-{short}-{side}.ppm")
    for name, height, width in [("tall", 20_000, 1), ("wide", 1, 65_501)]:
        strip = drawn_strip(height, width)
        strip.save(folder / f"{name}.png")
        center(strip.convert("RGB"), 16, 13).save(folder / f"center-{name}-16-13.ppm")


if __name__ == "__main__":
    main()
