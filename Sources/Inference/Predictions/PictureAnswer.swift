import Core
import Network

/// What a network says of one picture on the STD path.
package struct PictureAnswer: Sendable {
  /// [C], and the last convolution's pooled activations [K].
  package let logits: [Float], features: [Float]

  /// Values of one picture, side by side: logits, then features.
  init(_ values: ArraySlice<Float>, classes: Int) {
    logits = Array(values.prefix(classes))
    features = Array(values.dropFirst(classes))
  }

  /// The class of the largest logit, the first of equals: the one that `evaluate` counts.
  package var predicted: Int { order[0] }

  /// Classes by their logits, the largest first, of equals the first.
  package var order: [Int] {
    logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
  }

  /// The softmax of the logits [C]; exponentials are added in class order.
  package var probabilities: [Double] {
    let largest = Double(logits.max() ?? 0)
    let exponentials = logits.map { ElementaryFunctions.exp(Double($0) - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }
}

extension Network {
  /// Logits and features of the first `count` images of a pass, one image after the other.
  func answers(count: Int) -> [Float] {
    logits(count: count).enumerated().flatMap { n, logits in logits + features(n).array }
  }

  /// Values of each image that `answers(count:)` gives.
  var answerWidth: Int { classes + filters }

  /// Values of images, as answers.
  func answers(of values: [Float]) -> [PictureAnswer] {
    stride(from: 0, to: values.count, by: answerWidth).map {
      PictureAnswer(values[$0..<$0 + answerWidth], classes: classes)
    }
  }
}

extension SplitPasses {
  /// What the network says of samples of the split, in their order; nil: of all. Collective.
  package func answers(of samples: [Int]? = nil) throws -> [PictureAnswer] {
    var mine: [Float] = []
    guard let samples else {
      try forEachPart { range, _ in mine += network.answers(count: range.count) }
      return network.answers(of: try gather(mine, width: network.answerWidth))
    }
    let share = SampleBlocks(count: samples.count, communicator: communicator)
    try forEach(share.mine.joined().map { samples[$0]..<samples[$0] + 1 }) { _, _ in
      mine += network.answers(count: 1)
    }
    return network.answers(of: try share.gather(mine, width: network.answerWidth))
  }
}
