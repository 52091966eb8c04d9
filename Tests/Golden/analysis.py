"""The paper's metrics of a small feature table by NumPy, SciPy and scikit-learn, for csg-dist to match.

usage: analysis.py

Writes analysis.safetensors beside this script. The table has what real ones have: rectified features
that are often exactly 0, a filter that is always 0, one that is constant, one of few values, and a
class without samples.

The file (N samples, K filters, C classes; numbers F64 but where F32 is said):
  features F32 [N, K], labels F32 [N], predictions F32 [N], gate F32 [C, K], filters F32 [K, 8, 3, 3]
  normal [1300]                      numpy.random.RandomState(0).standard_normal
  digamma.x, digamma.y [60]          scipy.special.digamma
  information [K, C], information.score [1]  mutual_info_classif(features, y == c, random_state=0)
  information.overlap [1]            share of the entries of gate > 0.5, n of them, that are among the
                                     n largest of information, the first of equals
  weight F32 [C, K], bias F32 [C]    a classifier of features, for the removals:
  removal.SET.RULE.filters           filters that are the classes' of SET (0 or 1-3) by RULE: gate, by
                                     an entry > 0.5, or activation, the 10 % of the largest means
  removal.SET.RULE.PATH [C, C]       confusion without them; PATH standard, or with rule gate also gated
  confusion [C, C]                   sklearn.metrics.confusion_matrix: true by predicted class
  similarity.right, similarity.wrong [C, C]  cosine of mean features and gate rows; NaN: no sample
  correlation [K, K], correlation.ratios [21], correlation.between [1]  cosine of filters; share of
                                     elements >= 0, 0.05, ... 1; CIC with m1 = K // C over the
                                     classes that have samples
  clusters.start, clusters.centers [C - 1, K], clusters.inertia [1]  Lloyd's algorithm
  clusters.best [1]                  inertia of the best of 20 starts by k-means++
  clusters.matching [C - 1]          scipy.optimize.linear_sum_assignment: class of each cluster
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import linear_sum_assignment
from scipy.special import digamma
from sklearn.cluster import KMeans
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import confusion_matrix
from sklearn.metrics.pairwise import cosine_similarity

N, K, C = 420, 16, 5  # The last class has no sample.


def table(random):
    """Features, labels, predictions and a gate: three filters a class, the last four odd."""
    labels = random.integers(0, C - 1, N)
    gate = random.uniform(0, 0.2, (C, K)).astype(np.float32)
    for k in range(K):
        gate[k // 3 % C, k] = 1
    features = random.normal(-0.4, 1, (N, K)) + 1.5 * gate[labels] * random.uniform(0.5, 1, (N, 1))
    features = np.maximum(features, 0)
    features[:, 12] = 0
    features[:, 13] = 0.37
    features[:, 14] = np.round(features[:, 14], 1)
    features[:, 15] *= random.uniform(0, 1, N) < 0.03
    wrong = random.uniform(0, 1, N) < 0.2
    predictions = np.where(wrong, random.integers(0, C, N), labels)
    return features.astype(np.float32), labels, predictions, gate


def removals(features, labels, gate, means, weight, bias):
    """Filters of classes by both rules, and confusion matrices without them."""
    found = {}
    share = max(1, int(np.floor(0.1 * K + 0.5)))
    most_active = np.argsort(-means, axis=1, kind="stable")[:, :share]
    for classes in [0], [1, 3]:
        rules = {
            "gate": np.flatnonzero((gate[classes] > 0.5).any(0)),
            "activation": np.unique(most_active[classes])}
        for rule, filters in rules.items():
            name = f"removal.{'-'.join(map(str, classes))}.{rule}"
            found[f"{name}.filters"] = filters.astype(np.float64)
            left = features.copy()
            left[:, filters] = 0
            for path, read in ("standard", left), ("gated", left * gate[labels]):
                if rule == "gate" or path == "standard":
                    logits = read @ weight.T + bias
                    first, second = np.sort(logits, axis=1)[:, :-3:-1].T
                    assert (first - second).min() > 1e-6, "rounding could decide"
                    found[f"{name}.{path}"] = confusion_matrix(
                        labels, logits.argmax(1), labels=range(C)).astype(np.float64)
    return found


def overlap(information, gate):
    strong = gate.T.ravel() > 0.5
    return strong[np.argsort(-information.ravel(), kind="stable")[:strong.sum()]].mean()


def mean_features(features, labels, chosen):
    return np.stack([
        features[chosen & (labels == c)].mean(0) if (chosen & (labels == c)).any()
        else np.full(K, np.nan) for c in range(C)])


def similarity(means, gate):
    norms = np.linalg.norm(means, axis=1)[:, None] * np.linalg.norm(gate, axis=1)[None]
    return means @ gate.T / norms


def between(correlation, means, size):
    """CIC: the mean correlation of filters in different classes' groups of the `size` most active."""
    groups = [np.argsort(-row, kind="stable")[:size] for row in means if not np.isnan(row[0])]
    return np.mean([
        correlation[np.ix_(groups[a], groups[b])].mean()
        for a in range(len(groups)) for b in range(len(groups)) if a != b])


def main():
    random = np.random.default_rng(7)
    features, labels, predictions, gate = table(random)
    filters = random.normal(0, 1, (K, 8, 3, 3)) + 0.5 * random.normal(0, 1, (1, 8, 3, 3))
    filters = filters.astype(np.float32)
    exact = features.astype(np.float64)

    information = np.stack(
        [mutual_info_classif(features, labels == c, random_state=0) for c in range(C)], axis=1)
    right = predictions == labels
    flat = filters.reshape(K, -1).astype(np.float64)
    correlation = cosine_similarity(flat)
    means = mean_features(exact, labels, np.ones(N, bool))

    start = exact[:C - 1]
    lloyd = KMeans(C - 1, init=start, n_init=1, max_iter=300, tol=0, algorithm="lloyd").fit(exact)
    best = KMeans(C - 1, n_init=20, random_state=0, tol=0, max_iter=300).fit(exact)
    agreement = confusion_matrix(lloyd.labels_, labels, labels=range(C - 1))

    weight = (random.normal(0, 0.3, (C, K)) + gate).astype(np.float32)
    bias = random.normal(0, 0.1, C).astype(np.float32)
    without = removals(
        exact, labels, gate.astype(np.float64), means, weight.astype(np.float64),
        bias.astype(np.float64))

    x = np.concatenate([np.geomspace(1e-3, 1e5, 50), np.arange(1.0, 11)])
    tensors = {
        "features": features,
        "labels": labels.astype(np.float32),
        "predictions": predictions.astype(np.float32),
        "gate": gate,
        "filters": filters,
        "normal": np.random.RandomState(0).standard_normal(1300),
        "digamma.x": x,
        "digamma.y": digamma(x),
        "information": information,
        "information.score": np.array([information.max(1).mean()]),
        "information.overlap": np.array([overlap(information, gate)]),
        "weight": weight,
        "bias": bias,
        **without,
        "confusion": confusion_matrix(labels, predictions, labels=range(C)).astype(np.float64),
        "similarity.right": similarity(mean_features(exact, labels, right), gate),
        "similarity.wrong": similarity(mean_features(exact, labels, ~right), gate),
        "correlation": correlation,
        "correlation.ratios": np.array(
            [np.mean(correlation >= i / 20) for i in range(20)] + [np.mean(correlation >= 1 - 1e-12)]),
        "correlation.between": np.array([between(correlation, means, K // C)]),
        "clusters.start": start,
        "clusters.centers": lloyd.cluster_centers_,
        "clusters.inertia": np.array([lloyd.inertia_]),
        "clusters.best": np.array([best.inertia_]),
        "clusters.matching": linear_sum_assignment(-agreement)[1].astype(np.float64),
    }
    path = Path(__file__).with_name("analysis.safetensors")
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, path)
    print(path, path.stat().st_size, "bytes; M at most", information.max())


if __name__ == "__main__":
    main()
