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
  information.chance [K, C], information.maxima [K, P]  mean over P permutations of the labels of the
                                     same, and the largest entry of each filter in each permutation
  information.terms [N], information.interval [2]  each sample's part of information.score, by Ross's
                                     formula with every distance; numpy.percentile 2.5 and 97.5 of
                                     the means of 1000 bootstrap draws of them
  information.ceilings [C]           scipy.stats.entropy of y == c
  information.overlap [1]            share of the entries of gate > 0.5, n of them, that are among the
                                     n largest of information, the first of equals
  weight F32 [C, K], bias F32 [C]    a classifier of features, for the removals:
  removal.SET.RULE.filters           filters that are the classes' of SET (0 or 1-3) by RULE: gate, by
                                     an entry > 0.5, or activation, the 10 % of the largest means
  removal.SET.RULE.PATH [C, C]       confusion without them; PATH standard, or with rule gate also gated
  predicted.RULE.acc [4]             accuracy of a second reading by the filters of the class predicted
                                     first alone, and by all others; both with random filters
  control.SET.RULE [3]               accuracy of all samples, of those of SET, and of the others'
                                     without as many random filters: mean of 20 draws
  confusion [C, C]                   sklearn.metrics.confusion_matrix: true by predicted class
  similarity.right, similarity.wrong [C, C]  cosine of mean features and gate rows; NaN: no sample
  correlation [K, K], correlation.ratios [21], correlation.between [1]  cosine of filters; share of
                                     elements >= 0, 0.05, ... 1; CIC with m1 = K // C over the
                                     classes that have samples
  correlation.pairs, correlation.absolute [21], correlation.different [1]  shares of the elements off
                                     the diagonal, and of their absolute values; CIC with m1 = 6
                                     without the pairs of a filter with itself
  clusters.start, clusters.centers [C - 1, K], clusters.inertia [1]  Lloyd's algorithm
  clusters.best [1]                  inertia of the best of 20 starts by k-means++
  clusters.matching [C - 1]          scipy.optimize.linear_sum_assignment: class of each cluster

Permutations (P = 5), bootstrap draws and random filters are those of csg-dist's Philox for seed 7.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import linear_sum_assignment
from scipy.special import digamma
from scipy.stats import entropy
from sklearn.cluster import KMeans
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import confusion_matrix
from sklearn.metrics.pairwise import cosine_similarity

from training import SEED, check_philox, philox

N, K, C = 420, 16, 5  # The last class has no sample.
P, DRAWS, RANDOM = 5, 1000, 20
CHANCE, BOOTSTRAP, CONTROL = 17, 18, 19  # purposes, as Philox.swift numbers them


def words(purpose, stream, elements):
    elements = np.asarray(elements)
    return philox((elements, 0 * elements, stream, purpose), (SEED, 0))


def below(bound, low, high):
    return [(int(h) << 32 | int(l)) * int(b) >> 64 for b, l, h in zip(bound, low, high)]


def permutation(purpose, stream, count):
    """Fisher-Yates from the last place down."""
    order, places = np.arange(count), np.arange(1, count)
    w = words(purpose, stream, places)
    for place, other in reversed(list(zip(places, below(places + 1, w[0], w[1])))):
        order[[place, other]] = order[[other, place]]
    return order


def draw(stream, count):
    """As many samples with replacement, two of each block of words."""
    w = words(BOOTSTRAP, stream, np.arange((count + 1) // 2))
    bound = [count] * len(w[0])
    pairs = zip(below(bound, w[0], w[1]), below(bound, w[2], w[3]))
    return [n for pair in pairs for n in pair][:count]


def mutual_information(features, labels):
    return np.stack(
        [mutual_info_classif(features, labels == c, random_state=0) for c in range(C)], axis=1)


def terms(features, labels, information):
    """What each sample adds to MIS: of every filter's best class."""
    deviations = features.std(0)
    x = features / np.where(deviations < 10 * np.finfo(float).eps, 1, deviations)
    noise = np.random.RandomState(0).standard_normal(x.shape)
    x = x + 1e-10 * np.maximum(1, np.abs(x).mean(0)) * noise
    total = np.zeros(N)
    for k, c in enumerate(information.argmax(1)):
        side = labels == c
        distances = np.abs(x[:, k, None] - x[None, :, k])
        same = np.sort(np.where(side[:, None] == side[None], distances, np.inf), 1)
        nearer = (distances < same[:, 3:4]).sum(1)  # itself is the first
        sizes = np.where(side, side.sum(), N - side.sum())
        own = digamma(N) + digamma(3) - digamma(sizes) - digamma(nearer)
        assert abs(max(0, own.mean()) - information[k, c]) < 1e-9
        if information[k, c] > 0:
            total += own / K
    return total


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


def controls(features, labels, gate, means, weight, bias):
    """ACC2 and ACC3, and what is left without random filters."""
    found = {}
    share = max(1, int(np.floor(0.1 * K + 0.5)))
    activation = np.zeros((C, K), bool)
    for c, row in enumerate(means):
        if not np.isnan(row[0]):
            activation[c, np.argsort(-row, kind="stable")[:share]] = True

    def predict(kept):
        logits = features * kept @ weight.T + bias
        first, second = np.sort(logits, axis=1)[:, :-3:-1].T
        assert (first - second).min() > 1e-6, "rounding could decide"
        return logits.argmax(1)

    orders = [permutation(CONTROL, d, K) for d in range(RANDOM)]
    first = predict(np.ones((N, K)))
    for rule, theirs in ("gate", gate > 0.5), ("activation", activation):
        def both(theirs):
            own = theirs[first]
            return [(predict(kept) == labels).mean() for kept in (own, ~own)]
        def random_like(theirs, order):
            return np.stack([np.isin(np.arange(K), order[:row.sum()]) for row in theirs])
        drawn = np.mean([both(random_like(theirs, order)) for order in orders], axis=0)
        found[f"predicted.{rule}.acc"] = np.array([*both(theirs), *drawn])
        for classes in [0], [1, 3]:
            count = theirs[classes].any(0).sum()
            own, shares = np.isin(labels, classes), []
            for order in orders:
                right = predict(~np.isin(np.arange(K), order[:count])[None]) == labels
                shares.append([right.mean(), right[own].mean(), right[~own].mean()])
            found[f"control.{'-'.join(map(str, classes))}.{rule}"] = np.mean(shares, axis=0)
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


def between(correlation, means, size, with_self=True):
    """CIC: the mean correlation of filters in different classes' groups of the `size` most active."""
    groups = [np.argsort(-row, kind="stable")[:size] for row in means if not np.isnan(row[0])]
    return np.mean([
        correlation[i, j]
        for a, group in enumerate(groups) for b, other in enumerate(groups) if a != b
        for i in group for j in other if with_self or i != j])


def main():
    check_philox()
    random = np.random.default_rng(7)
    features, labels, predictions, gate = table(random)
    filters = random.normal(0, 1, (K, 8, 3, 3)) + 0.5 * random.normal(0, 1, (1, 8, 3, 3))
    filters = filters.astype(np.float32)
    exact = features.astype(np.float64)

    information = mutual_information(features, labels)
    dealt = [labels[permutation(CHANCE, p, N)] for p in range(P)]
    by_chance = np.stack([mutual_information(features, permuted) for permuted in dealt])
    of_samples = terms(exact, labels, information)
    means_drawn = [of_samples[draw(b, N)].mean() for b in range(DRAWS)]
    shares = np.bincount(labels, minlength=C) / N
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
    net = (gate.astype(np.float64), means, weight.astype(np.float64), bias.astype(np.float64))
    without = {**removals(exact, labels, *net), **controls(exact, labels, *net)}
    pairs = correlation[~np.eye(K, dtype=bool)]

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
        "information.chance": by_chance.mean(0),
        "information.maxima": by_chance.max(2).T,
        "information.terms": of_samples,
        "information.interval": np.percentile(means_drawn, [2.5, 97.5]),
        "information.ceilings": entropy(np.stack([shares, 1 - shares])),
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
        "correlation.different": np.array([between(correlation, means, 6, with_self=False)]),
        "correlation.pairs": np.array([np.mean(pairs >= i / 20) for i in range(21)]),
        "correlation.absolute": np.array([np.mean(np.abs(pairs) >= i / 20) for i in range(21)]),
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
