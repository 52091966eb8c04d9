extension DefenceMetrics {
  /// What the values mean, by their name.
  static let meanings = [
    "accuracy": """
    Share of all samples of the split that a net tells rightly on the STD path, with the 95 % interval by \
    Wilson's score.
    """,
    "both_right": "Samples that both nets tell rightly; the first of these are attacked.",
    "success": """
    Share of the attacked pictures that fool the net afterwards: it tells another class than the label. \
    95 % interval by Wilson's score.
    """,
    "successes_rounded":
      "Of these pictures rounded to bytes, as a file would hold them, those that fool it.",
    "noise_success": """
    Success of random signs of the attack's radius: what an attack must exceed to be one; null of an attack \
    without a radius.
    """,
    "l0": "Pixels that changed, over the pictures that fool the net: mean and median.",
    "l2": "Euclidean distance of values in [0, 1], likewise.",
    "linf": "Largest change of a value in [0, 1], likewise.",
    "queries": "Pictures whose logits, or gradient, the attack asked for, over all pictures.",
    "zero_gradients": """
    Pictures for which the gradient was zero everywhere before the net was fooled: that these resist says \
    nothing of the net.
    """,
    "difference": "Success on the network less success on the baseline, on the same pictures.",
    "network_only":
      "Pictures that fool the network and not the baseline; baseline_only: the other way.",
    "p": """
    McNemar's exact test, two-sided: how likely pictures that fool one net alone are shared out at least as \
    unevenly if neither is the better.
    """,
    "warnings": """
    zero-gradients; black-box-wins: a black box fools a net more often than attacks that see its \
    gradient, which are too weak, or kept in too small a ball; smaller-radius-wins: the same attack with a \
    smaller epsilon does, so that the larger has not found what there is.
    """,
  ]
}
