#!/usr/bin/env python3
"""Student's t distribution and paired t-tests by SciPy, for csg-dist to match.

usage: student.py   (scipy)

Writes student.txt beside this script, a case a line:
  beyond NU T P            scipy.stats.t: P(|T| >= t)
  bound NU P T             the t with P(|T| >= t) = p
  mean V... : LOW HIGH     95 % interval of the mean
  pairs V... : B... : P LOW HIGH RATIO RLOW RHIGH
                           ttest_rel(v, b): p and 95 % interval of the mean difference;
                           exp of the mean of log(v / b), and of its 95 % interval
"""
from pathlib import Path

import numpy as np
from scipy import stats


def interval(values):
    return stats.ttest_1samp(values, 0).confidence_interval(0.95)


def text(values):
    return " ".join(repr(float(value)) for value in values)


lines = []
degrees = [1, 2, 3, 4, 5, 7, 9, 19, 29, 99, 1000]
for nu in degrees:
    for t in [1e-3, 0.1, 0.5, 1, 1.7, 2, 3.5, 8, 40, 1000]:
        lines.append(f"beyond {nu} {t!r} {float(2 * stats.t.sf(t, nu))!r}")
    for p in [1, 0.9, 0.5, 0.2, 0.1, 0.05, 0.01, 1e-4, 1e-8]:
        lines.append(f"bound {nu} {p!r} {float(stats.t.isf(p / 2, nu))!r}")
random = np.random.default_rng(11)
for n in [2, 3, 5, 12]:
    base = random.normal(0.12, 0.004, n)
    value = base * random.normal(1.4, 0.05, n)
    low, high = interval(value)
    lines.append(f"mean {text(value)} : {text([low, high])}")
    test = stats.ttest_rel(value, base)
    difference = test.confidence_interval(0.95)
    logs = np.log(value / base)
    ratio = np.exp([logs.mean(), *interval(logs)])
    lines.append(
        f"pairs {text(value)} : {text(base)} : "
        f"{text([test.pvalue, difference.low, difference.high, *ratio])}")
Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")
