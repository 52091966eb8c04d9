#!/usr/bin/env python3
"""Wilson's intervals and McNemar's exact test by SciPy, for csg-dist to match.

usage: shares.py   (scipy)

Writes shares.txt beside this script, a case a line:
  wilson COUNT TOTAL LOW HIGH     binomtest(count, total).proportion_ci(0.95, "wilson")
  mcnemar FIRST SECOND P          binomtest(min(first, second), first + second, 0.5): two-sided p
"""

from pathlib import Path

from scipy.stats import binomtest

lines = []
for total in [1, 2, 3, 10, 100, 101, 1000, 10000]:
    for count in sorted({0, 1, total // 50, total // 7, total // 2, total - 1, total}):
        interval = binomtest(count, total).proportion_ci(0.95, "wilson")
        lines.append(f"wilson {count} {total} {float(interval.low)!r} {float(interval.high)!r}")
for first, second in [
        (1, 0), (0, 1), (2, 2), (3, 1), (5, 0), (0, 9), (12, 1), (13, 1), (14, 2), (15, 2), (9, 10),
        (40, 60), (100, 101), (250, 190), (700, 400), (1100, 0), (0, 500), (3000, 3100), (5200, 4800)]:
    p = binomtest(min(first, second), first + second, 0.5).pvalue
    lines.append(f"mcnemar {first} {second} {float(p)!r}")
Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")
