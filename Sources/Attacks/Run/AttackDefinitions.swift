extension AttackSummary {
  /// What the values mean, by their name.
  package static let definitions = [
    "samples": "Samples that were chosen by the selection.",
    "correct": "Samples that the net tells rightly as they are.",
    "attacked": """
    Samples that were attacked: without a target those that the net is right on, with one those that it does \
    not take for the target already.
    """,
    "successes": """
    Attacked samples whose picture fools the net: it tells another class than the label, or with a target that \
    class.
    """,
    "success": "Successes over attacked samples, with the 95 % interval by Wilson's score.",
    "successes_rounded": """
    Attacked samples whose picture rounded to bytes, as a file would hold it, fools the net.
    """,
    "success_rounded": "Such as a share of the attacked samples, with its interval.",
    "correct_attacked": "Attacked samples that the net is right on.",
    "correct_successes": "Attacked samples that the net is right on, whose picture fools it.",
    "success_of_correct": """
    Correct successes as a share of the attacked samples that the net is right on, with its interval.
    """,
    "noise_tried": """
    Attacked samples for which random signs as large as the attack were tried: of fgsm and pgd plus or minus \
    epsilon at every value; of cw, where it found something, as far by L2 as that; of black boxes none.
    """,
    "noise_successes": "Samples that fool the net by random signs as large.",
    "noise_success": """
    Such as a share of those tried, with its interval: what an attack must exceed to be one. Null where none \
    were tried.
    """,
    "l0":
      "Pixels that differ in any channel from the sample's picture, over successes: mean and median.",
    "l2":
      "Euclidean distance from the sample's picture, values in [0, 1], over successes: mean and median.",
    "linf": "Largest change of a value in [0, 1], over successes: mean and median.",
    "queries": """
    Pictures whose logits, or gradient, the attack asked for, over attacked samples: mean and median.
    """,
    "warnings": """
    zero-gradients: a gradient was zero everywhere before the net was fooled, so that the attack was blind; \
    outside-box: a picture has values outside [0, 1], or farther from the sample's than epsilon.
    """,
  ]
}
