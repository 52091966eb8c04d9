import Attacks

/// A net and its detector as one, for an attack that knows of both: where the detector raises an alarm,
/// the label of the picture that is attacked wins.
///
/// So an attack on it that makes another class win has fooled the net and passed the detector. An alarm
/// lifts the label's logit above all others by the share of the forest's votes that call the picture
/// adversarial: the surer the detector is, the further from its aim an attack sees itself that goes by
/// scores, and can climb down from there. Without an alarm the net's logits are untouched.
///
/// That a detector must be attacked with its own answers in the loop, as one classifier with the net:
/// N. Carlini, D. Wagner, "Adversarial Examples Are Not Easily Detected", 2017,
/// https://arxiv.org/abs/1705.07263, Section 2.
package struct GuardedNet: AttackedNet {
  private let net: PictureNet
  private let detector: Detector
  /// The class of the picture that is attacked.
  private let label: Int

  /// The pair, for an attack on a picture of this class.
  package init(net: PictureNet, detector: Detector, label: Int) {
    self.net = net
    self.detector = detector
    self.label = label
  }

  package var channels: Int { net.channels }
  package var height: Int { net.height }
  package var width: Int { net.width }
  package var classes: Int { net.classes }

  package func logits(_ pictures: [[Float]]) -> [[Float]] {
    let answers = net.answers(pictures)
    let suspicion = detector.suspicion(of: answers)
    return zip(answers, suspicion).map { Self.guarded($0.logits, label: label, suspicion: $1) }
  }

  /// A picture's logits, with an alarm in them if there is one.
  package static func guarded(_ logits: [Float], label: Int, suspicion: Double) -> [Float] {
    guard Detector.isAlarm(suspicion), let largest = logits.max() else { return logits }
    var guarded = logits
    // The next float at least: of logits so large that a vote is less than their last place.
    guarded[label] = max(largest + Float(suspicion), largest.nextUp)
    return guarded
  }
}

extension Detector {
  /// The share of votes for adversarial, of each picture that a net has answered. One whose features are
  /// no finite numbers has all votes.
  func suspicion(of answers: [PictureNet.Answer]) -> [Double] {
    answers.map { (try? suspicion($0.features))?.first ?? 1 }
  }
}
