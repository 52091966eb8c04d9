#!/usr/bin/env python3
"""Wilson's intervals, McNemar's exact test and Newcombe's paired interval by SciPy, for csg-dist to match.

usage: shares.py   (scipy)

Writes shares.txt beside this script, a case a line:
  wilson COUNT TOTAL LOW HIGH     binomtest(count, total).proportion_ci(0.95, "wilson")
  mcnemar FIRST SECOND P          binomtest(min(first, second), first + second, 0.5): two-sided p
  paired BOTH FIRST SECOND NEITHER LOW HIGH
                                  Newcombe 1998, method 10, from SciPy's Wilson intervals; the correlation as SciPy
                                  has it of the samples themselves, its numerator shrunk by half the count
"""

from pathlib import Path

from scipy.stats import binomtest, pearsonr

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


def correlation(both, first, second, neither):
    """Of being right, over the samples: 0 where a net is always right, or never."""
    samples = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither
    one, other = zip(*samples)
    if len(set(one)) == 1 or len(set(other)) == 1:
        return 0.0
    product = both * neither - first * second
    shrunk = max(0, product - len(samples) / 2) if product > 0 else product
    return pearsonr(one, other).statistic * (shrunk / product if product else 1)


for table in [
        (36, 12, 2, 0), (20, 12, 2, 16), (36, 14, 0, 0), (18, 14, 0, 18), (53, 0, 1, 0), (30, 0, 0, 24), (54, 0, 0, 0),
        (0, 0, 0, 7), (3, 30, 25, 2), (1, 0, 0, 0), (7000, 227, 483, 2290)]:
    both, first, second, neither = table
    count, phi = sum(table), correlation(*table)
    ends = []
    for right in (both + first, both + second):
        interval = binomtest(right, count).proportion_ci(0.95, "wilson")
        ends.append((right / count - interval.low, interval.high - right / count))
    (l1, u1), (l2, u2) = ends
    difference = (first - second) / count
    low = difference - max(0, l1 * l1 - 2 * phi * l1 * u2 + u2 * u2) ** 0.5
    high = difference + max(0, u1 * u1 - 2 * phi * u1 * l2 + l2 * l2) ** 0.5
    lines.append(f"paired {both} {first} {second} {neither} {float(low)!r} {float(high)!r}")
Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")
