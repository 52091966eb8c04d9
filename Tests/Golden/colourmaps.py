#!/usr/bin/env python3
"""Asks matplotlib for the colours of the figures' maps.

Writes colourmaps.txt: a line for each map and value, "MAP VALUE RED GREEN BLUE" in bytes. With --swift it
prints a map's 256 colours as Sources/Figures/ColorTables.swift holds them.

usage: Tests/Golden/colourmaps.py [--swift MAP]   (matplotlib 3.11)
"""
import pathlib
import sys

import matplotlib

maps = ["viridis", "RdBu_r"]
if sys.argv[1:2] == ["--swift"]:
    colours = matplotlib.colormaps[sys.argv[2]](range(256), bytes=True)
    digits = "".join("%02x%02x%02x" % tuple(c[:3]) for c in colours)
    print("\n".join(digits[i : i + 90] for i in range(0, len(digits), 90)))
else:
    lines = []
    for name in maps:
        for step in range(-2, 67):
            value = step / 64
            r, g, b, _ = matplotlib.colormaps[name](value, bytes=True)
            lines.append(f"{name} {value!r} {r} {g} {b}\n")
    (pathlib.Path(__file__).parent / "colourmaps.txt").write_text("".join(lines))
