extension Metrics {
  /// Meanings of the bare values of `metrics.json`. A place is the path of keys; that of a network is
  /// meant within `network` and `baseline`, and `[]` stands for every element of a list.
  static let meanings = [
    "format": "what this file is",
    "version": "of the format; keys may be added within one",
    "baseline": "the net that the network is held against; null: none was given",
    "network": "the net; places from origin on are meant within it and within baseline, and [] is "
      + "every element of a list",
    "data.split": "train or test",
    "data.source": "what the data set was made from",
    "data.fingerprint": "digest of the data set's pictures and labels",
    "data.count": "samples of the split",
    "data.class_counts": "samples of each class, in label order",
    "data.classes": "names of the classes, in label order",
    "origin.architecture": "name of the net",
    "origin.step": "training steps that the checkpoint has behind it",
    "origin.digest": "XXH3-128 of the checkpoint's parameters, buffers, gate and optimiser state",
    "origin.classes": "C",
    "origin.filters": "K, filters of the last convolution",
    "origin.gated": "whether the checkpoint has a gate matrix",
    "origin.run": "name of the run that trained it; null, as the next three: imported weights",
    "origin.seed": "of the run",
    "origin.configuration": "the run's configuration in full, as YAML",
    "origin.data_fingerprint": "digests of the pictures and labels that the run had, by split",
    "removals":
      "of the classes that were asked for, else of each that has samples; empty: none was "
      + "asked for, and there are more than \(NetworkAnalysis.Request.removalLimit) classes",
    "removals[].classes": "classes whose filters were removed together, by label",
    "similarity": "null: no gate",
    "correlation.thresholds": "s of r_s, in the order of ratios",
    "clusters.rounds": "rounds of Lloyd's algorithm that the best start of k-means took, at most "
      + "\(Clusters.roundLimit)",
  ]
}
