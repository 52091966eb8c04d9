"""What scikit-learn's trees and forests make of small tables, for csg-dist's to match.

usage: forest.py

Needs scikit-learn, NumPy, safetensors. Writes forest.safetensors beside this script, and prints errors
and how far ten of scikit-learn's forests are from ten others.

The tree (DecisionTreeClassifier, one feature, weights as a bootstrap deals them: nothing is random):
  tree.values    F32 [400]     the feature, with two decimals, so that many are equal
  tree.labels    I32 [400]     of 3 classes
  tree.weights   I32 [400]     how often each sample was drawn
  tree.features  I32 [nodes]   0, at a leaf -1; nodes in preorder
  tree.right     I32 [nodes]   the right child's number, at a leaf -1
  tree.threshold F64 [nodes]   at a leaf 0
  tree.counts    I32 [leaves, 3]  samples by class

The forests (RandomForestClassifier's defaults, 100 trees, random_state 0 to 9 and 10 to 19) on
make_classification's table of 2 classes, of which 8 features tell something and 4 repeat these:
  values, test_values  F32 [1000, 40]
  labels, test_labels  I32 [1000]
  errors         F64 [20]        share of the test samples that a forest gets wrong
  out_of_bag     F64 [20]        accuracy on the samples that trees were not grown from
  importances    F64 [20, 40]    mean decrease in impurity
  probabilities  F64 [2, 1000]   of class 1 for the test samples: means of the first and of the last ten
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier


def tree():
    random = np.random.default_rng(1)
    values = random.normal(size=400).round(2).astype(np.float32)
    labels = np.clip(np.floor(values + random.normal(size=400) / 2) + 1, 0, 2).astype(np.int32)
    weights = np.bincount(random.integers(0, 400, 400), minlength=400).astype(np.int32)
    fitted = DecisionTreeClassifier().fit(values[:, None], labels, weights).tree_
    is_leaf = fitted.children_left < 0
    assert np.array_equal(fitted.children_left[~is_leaf], np.flatnonzero(~is_leaf) + 1)
    counts = fitted.value[is_leaf, 0] * fitted.weighted_n_node_samples[is_leaf, None]
    return {
        "values": values,
        "labels": labels,
        "weights": weights,
        "features": np.where(is_leaf, -1, fitted.feature).astype(np.int32),
        "right": fitted.children_right.astype(np.int32),
        "threshold": np.where(is_leaf, 0, fitted.threshold),
        "counts": counts.round().astype(np.int32),
    }


def forests():
    x, y = make_classification(
        2000, 40, n_informative=8, n_redundant=4, n_clusters_per_class=4, class_sep=0.7,
        flip_y=0.05, random_state=0)
    x, y = x.astype(np.float32), y.astype(np.int32)
    x, test_x, y, test_y = x[:1000], x[1000:], y[:1000], y[1000:]
    fitted = [
        RandomForestClassifier(oob_score=True, random_state=seed).fit(x, y) for seed in range(20)]
    probabilities = np.stack([forest.predict_proba(test_x)[:, 1] for forest in fitted])
    return {
        "values": x,
        "test_values": test_x,
        "labels": y,
        "test_labels": test_y,
        "errors": np.array([(forest.predict(test_x) != test_y).mean() for forest in fitted]),
        "out_of_bag": np.array([forest.oob_score_ for forest in fitted]),
        "importances": np.stack([forest.feature_importances_ for forest in fitted]),
        "probabilities": probabilities.reshape(2, 10, -1).mean(1),
    }


def main():
    tensors = {f"tree.{name}": tensor for name, tensor in tree().items()} | forests()
    save_file(
        {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()},
        Path(__file__).with_name("forest.safetensors"))
    print(f"a tree of {len(tensors['tree.features'])} nodes")
    for name in ("errors", "out_of_bag"):
        for part in tensors[name].reshape(2, 10):
            print(f"{name}: {part.mean():.5f}, deviation {part.std(ddof=1):.5f}")
    for name in ("importances", "probabilities"):
        first, last = tensors[name].reshape(2, -1, tensors[name].shape[-1]).mean(1)
        print(f"{name}: root mean square of differences {np.sqrt(((first - last) ** 2).mean()):.3g}")


if __name__ == "__main__":
    main()
