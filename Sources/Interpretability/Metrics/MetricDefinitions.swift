extension Metrics {
  /// Meanings of the bare values of `metrics.json`. A place is the path of keys; that of a network is
  /// meant within `network` and `baseline`, and `[]` stands for every element of a list.
  static let meanings: [String: String] = [
    "format": "what this file is",
    "version": "of the format; keys may be added within one",
    "baseline": "the net that the network is held against; null: none was given",
    "comparison": "the network beside the baseline, on the same samples; null: no baseline",
    "network": "the net; places from origin on are meant within it and within baseline, and [] is "
      + "every element of a list",
    "data.name": "the data set's folder; where that says nothing, with the one before it",
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
    "origin.run": "name of the run that trained it; null, as the next four: imported weights",
    "origin.seed": "of the run",
    "origin.configuration": "the run's configuration in full, as YAML",
    "origin.changes": "what was changed of that as the run was resumed",
    "origin.data_fingerprint": "digests of the pictures and labels that the run had, by split",
    "training": "how long it was trained on each path; null: not known, as of imported weights",
    "training.standard.epochs": "whole epochs on the STD path alone",
    "training.standard.steps": "steps on the STD path alone, those of an epoch under way included",
    "training.gated.epochs": "whole epochs on the CSG path alone",
    "training.gated.steps": "steps on the CSG path alone",
    "training.joint.epochs": "whole epochs whose steps take both paths",
    "training.joint.steps": "steps that take both paths",
    "removals":
      "of the classes that were asked for, else of each that has samples; empty: none was "
      + "asked for, and there are more than \(NetworkAnalysis.Request.removalLimit) classes",
    "removals[].classes": "classes whose filters were removed together, by label",
    "filter_classes": "which class each filter is for, by filter",
    "filter_classes[].gate": "largest entry of the filter's column of G; null: no gate",
    "filter_classes[].gate_class":
      "label of this entry, the first of equals; null: no gate, or all entries are 0",
    "filter_classes[].gate_classes": "classes whose entry is > 0.5; null: no gate",
    "filter_classes[].information":
      "largest entry (nats) of the filter's row of the mutual information matrix",
    "filter_classes[].information_class": "label of this entry, the first of equals; null: it is 0",
    "filter_classes[].above_chance":
      "whether this entry exceeds the filter's largest of all P permutations; null: P = 0",
    "class_filters":
      "what the filters of each class are worth, by label; accuracies are the STD path's",
    "class_filters[].class": "label",
    "class_filters[].filters":
      "the class's, ascending: with a gate those whose gate entry for it is > 0.5, without one the 10 % "
      + "(rounded, at least one) with the largest mean activation for it",
    "class_filters[].gate": "gate entries of filters for the class, in their order; null: no gate",
    "class_filters[].agreeing":
      "of filters those whose information_class is this class, above chance",
    "class_filters[].differing":
      "of filters those whose information_class is another, above chance",
    "class_filters[].unclear":
      "of filters those whose information is 0, or not above chance; without permutations only those of 0",
    "class_filters[].own.right":
      "samples of the class that are predicted right, all filters in place",
    "class_filters[].own.samples": "samples of the class",
    "class_filters[].own.interval":
      "95 % interval of right / samples by Wilson's score; null: no sample",
    "class_filters[].others.right": "the same of all other classes' samples",
    "class_filters[].others.samples": "the same of all other classes' samples",
    "class_filters[].others.interval": "the same of all other classes' samples",
    "class_filters[].removal":
      "what is left with the class's filters taken for 0; null: the class has none, or they were not "
      + "removed alone (see removals)",
    "class_filters[].removal.own.right": "samples of the class that are then predicted right",
    "class_filters[].removal.own.samples": "samples of the class",
    "class_filters[].removal.own.interval": "95 % interval of right / samples by Wilson's score",
    "class_filters[].removal.others.right": "the same of all other classes' samples",
    "class_filters[].removal.others.samples": "the same of all other classes' samples",
    "class_filters[].removal.others.interval": "the same of all other classes' samples",
    "class_filters[].removal.own_random.mean":
      "own.right with as many filters taken for 0 that are drawn at random from all, mean over draws",
    "class_filters[].removal.own_random.least": "the same in the draw where it is least",
    "class_filters[].removal.own_random.most": "the same in the draw where it is most",
    "class_filters[].removal.own_random.draws": "how many draws",
    "class_filters[].removal.others_random.mean": "the same of all other classes' samples",
    "class_filters[].removal.others_random.least": "the same of all other classes' samples",
    "class_filters[].removal.others_random.most": "the same of all other classes' samples",
    "class_filters[].removal.others_random.draws": "how many draws",
    "similarity": "null: no gate",
    "correlation.thresholds": "s of r_s, in the order of ratios",
    "clusters.rounds": "rounds of Lloyd's algorithm that the best start of k-means took, at most "
      + "\(Clusters.roundLimit)",
  ]
}
