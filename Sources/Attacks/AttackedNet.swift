import Core

/// A net as attacks see it: pictures with values in [0, 1], normalised inside, evaluation mode, STD path.
package protocol AttackedNet {
  /// Channels of a picture, whose values lie [C][H][W].
  var channels: Int { get }
  /// Its height and width.
  var height: Int { get }
  var width: Int { get }
  /// Classes (C) that the net tells apart.
  var classes: Int { get }
  /// Logits [C] of each picture, any number of them; a picture's do not depend on the others beside it.
  func logits(_ pictures: [[Float]]) -> [[Float]]
}

extension AttackedNet {
  /// Values of a picture.
  package var pictureCount: Int { channels * height * width }
}

/// Logits of a picture, and what they say.
package enum Prediction {
  /// The class of the largest logit, the first of equals.
  package static func of(_ logits: [Float]) -> Int {
    var best = 0
    for c in logits.indices where logits[c] > logits[best] { best = c }
    return best
  }

  /// The softmax probability of a class.
  package static func probability(of number: Int, _ logits: [Float]) -> Double {
    1 / (1 + odds(against: number, logits))
  }

  /// With p the softmax probability of a class, (1 − p) / p: the sum of exp(z_j − z_class) over the other
  /// classes j, in their order. Where p rounds to 1, odds still differ.
  package static func odds(against number: Int, _ logits: [Float]) -> Double {
    var sum = 0.0
    for other in logits.indices where other != number {
      sum += ElementaryFunctions.exp(Double(logits[other]) - Double(logits[number]))
    }
    return sum
  }
}
