/// A picture that is to be attacked.
package struct Victim: Sendable {
  /// Number of the sample in its split: the address of all that is random about the attack.
  package let sample: Int
  /// Values in [0, 1], [C][H][W].
  package let picture: [Float]
  /// What it shows.
  package let label: Int
  /// What the net is to take it for; nil: for anything but its label.
  package let target: Int?

  /// A picture with its label, and the class that it is to be taken for.
  package init(sample: Int, picture: [Float], label: Int, target: Int?) {
    self.sample = sample
    self.picture = picture
    self.label = label
    self.target = target
  }

  /// The class that the attack is about: the one to reach, or the one to leave.
  package var aim: Int { target ?? label }

  /// Whether a net that predicts this class is fooled.
  package func isFooled(_ prediction: Int) -> Bool {
    target.map { prediction == $0 } ?? (prediction != label)
  }

  /// The same of its logits.
  package func isFooled(_ logits: [Float]) -> Bool { isFooled(Prediction.of(logits)) }
}
