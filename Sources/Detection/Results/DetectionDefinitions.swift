extension DetectionMetrics {
  /// Meanings of the values of `detection.json`.
  static let meanings = [
    "adaptive":
      "a black-box attack without target on the first test samples of repeat 0, class by class in turn, "
      + "that the network is right on; of each detector of the largest size of repeat 0; null: not asked "
      + "for",
    "attacked":
      "samples but those that the net took for the target already: they are left as they were, and their "
      + "pairs count nowhere; most papers' attacks would have changed them all the same",
    "caught": "share of what fools the network alone that the detector raises an alarm at",
    "chance": "error rate of who calls every picture normal: there are as many of either",
    "comparison":
      "network - baseline of error rates, repeat by repeat, whose draws and forests' seeds are the same; "
      + "below 0: the network's adversarial pictures are easier to tell; overall: of the mean over methods "
      + "and sizes",
    "correct": "samples of which the net predicts the label before the attack",
    "error":
      "share of test pictures, normal and adversarial, that the forest calls the other: over repeats mean, "
      + "standard deviation (n - 1) and 95 % interval of the mean by Student's t, which takes repeats for "
      + "independent, though their draws may share samples; of one repeat share and 95 % interval by "
      + "Wilson's score",
    "false_alarms": "of normal pictures, those that are called adversarial",
    "features":
      "means over each map behind every convolution, its norm, shortcut and ReLU, of pictures as real "
      + "numbers, not rounded to bytes",
    "importances":
      "share of each convolution's features in the decrease of Gini impurity of the forest, mean over "
      + "repeats of the largest size",
    "misses": "of adversarial pictures, those that are called normal",
    "network":
      "in adaptive: share of pictures of which the attack makes the network predict another class than "
      + "the label",
    "noise_alarms":
      "of test pictures with random signs as large as the attack's change in its place, those that are "
      + "called adversarial: of a size the share over repeats, null without any, of a repeat the count; "
      + "as few as false_alarms: the forest knows the attack; as many as are caught of the adversarial "
      + "(1 - misses): it knows any change",
    "noise_tested":
      "test pictures with such signs: plus or minus epsilon at every value, of cw, where it found "
      + "something, as far by L2 as that, and none else",
    "p_value": "of the paired t-test over repeats",
    "pair":
      "share of pictures of which the attack makes the network predict another class and the detector "
      + "call them normal, with the detector's answers before its eyes: an alarm makes the label win",
    "per_class": "training samples of each class, each with its normal and its adversarial picture",
    "success":
      "share of attacked samples that the net takes for the target, with its 95 % interval",
    "successful_only":
      "whether only pictures that fool the net count as adversarial, with their pairs",
    "tested": "pictures that the forest was tested on, as many normal as adversarial",
    "training_pairs":
      "samples that the forest learned from: of each the normal and the adversarial picture",
  ]
}
