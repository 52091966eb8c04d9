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
}
