"""Pandas as the judge of csg-dist compare: makes its numbers anew from the analyses' own files.

usage: compare.py COMPARED ANALYSIS...

COMPARED is what `compare --output` wrote, each ANALYSIS a folder with a metrics.json. Runs are told
apart by origin.run (the recipe; the one with gates is held against the other) and origin.seed.
Prints one line of JSON: the largest relative difference of means, deviations, differences, ratios
and each run's values from compare.csv and compare.json, and how many numbers were compared. On
failure: a message on stderr, exit status 1.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def measures(network, place=""):
    """Every number that stands with its definition, by place."""
    found = {}
    for key, value in network.items():
        if not isinstance(value, dict):
            continue
        name = place + key
        if "definition" in value and "value" in value:
            # How it was measured is no number to compare.
            is_setting = name == "mutual_information.permutations"
            if isinstance(value["value"], (int, float)) and not is_setting:
                found[name] = float(value["value"])
        else:
            found |= measures(value, name + ".")
    return found


def read(folder):
    network = json.loads((Path(folder) / "metrics.json").read_text())["network"]
    origin = network["origin"]
    return [
        {"run": origin["run"], "seed": origin["seed"], "gated": origin["gated"],
         "measure": name, "value": value}
        for name, value in measures(network).items()]


def main():
    compared, *analyses = sys.argv[1:]
    runs = pd.DataFrame([row for folder in analyses for row in read(folder)])
    assert not runs.duplicated(["run", "seed", "measure"]).any()
    by_recipe = runs.groupby(["run", "measure"])["value"].agg(["count", "mean", "std"])
    table = pd.read_csv(Path(compared) / "compare.csv")
    document = json.loads((Path(compared) / "compare.json").read_text())
    worst, count = 0.0, 0

    def hold(ours, theirs, size=0):
        """Equal but for rounding; of a deviation, that of numbers of such a size."""
        nonlocal worst, count
        assert pd.isna(ours) == pd.isna(theirs), (ours, theirs)
        if pd.isna(ours):
            return
        count += 1
        unit = max(abs(theirs), 1e-6 * size, 1e-300)
        worst = max(worst, abs(ours - theirs) / unit if ours != theirs else 0)

    def hold_ends(row, prefix, interval):
        """The two columns of an interval, or of none."""
        for column, end in zip((f"{prefix}low", f"{prefix}high"), interval or [np.nan, np.nan]):
            hold(row[column], end)

    rows = table.set_index(["recipe", "measure"])
    assert set(rows.index) == set(by_recipe.index)
    stated = {recipe["label"]: recipe["measures"] for recipe in document["recipes"]}
    for (label, measure), wanted in by_recipe.iterrows():
        row, spread = rows.loc[(label, measure)], stated[label][measure]
        hold(row["n"], wanted["count"])
        hold(row["mean"], wanted["mean"])
        hold(row["standard_deviation"], wanted["std"], abs(wanted["mean"]))
        hold(spread["mean"], wanted["mean"])
        hold(spread["standard_deviation"], wanted["std"], abs(wanted["mean"]))
        hold_ends(row, "interval_", spread["interval"])

    wide = runs.pivot_table(index=["measure", "seed"], columns="gated", values="value")
    pairs = wide.dropna()
    [pair] = document["comparisons"]
    for measure, values in pairs.groupby("measure"):
        row, change = rows.loc[(pair["recipe"], measure)], pair["measures"][measure]
        difference = values[True] - values[False]
        hold(row["pairs"], len(values))
        size = values.abs().max(axis=None)
        hold(row["difference"], difference.mean(), size)
        hold(change["difference"]["mean"], difference.mean(), size)
        hold(change["difference"]["standard_deviation"], difference.std(), size)
        hold_ends(row, "difference_", change["difference"]["interval"])
        hold(row["p_value"], np.nan if change["p_value"] is None else change["p_value"])
        hold_ends(row, "ratio_", change["ratio_interval"])
        if (values > 0).all(axis=None):
            ratio = np.exp(np.log(values[True] / values[False]).mean())
            hold(row["ratio"], ratio)
            hold(change["ratio"], ratio)
        else:
            assert change["ratio"] is None
    assert set(pair["measures"]) == set(pairs.index.get_level_values("measure"))

    each = runs.set_index(["run", "seed", "measure"])["value"]
    for run in document["runs"]:
        for measure, value in run["values"].items():
            hold(value, each.loc[(run["name"], run["seed"], measure)])
    print(json.dumps({"largest_difference": worst, "count": count}))


main()
