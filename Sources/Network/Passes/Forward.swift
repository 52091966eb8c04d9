import Core
import Kernels

extension Network {
  /// Whose statistics the batch norms of a forward pass go by.
  package enum Mode {
    /// Those of the images: of each of these replicas, one replica's after the other's, as the norms'
    /// scope takes them together. Some may have none, even all.
    case training(replicas: [Range<Int>])
    /// The running ones.
    case evaluating
  }

  /// The forward pass of the first `count` of `images` up to the pooled features.
  package func forward(count: Int, mode: Mode = .evaluating) {
    precondition(count <= capacity, "\(count) images do not fit")
    let norms: NormMode
    switch mode {
    case .training(let replicas):
      isEvaluated = false
      self.replicas = replicas
      norms = .training(replicas: replicas, moments: batchStatistics)
    case .evaluating:
      isEvaluated = true
      takeAsOneReplica(count)
      norms = .evaluating(running: statistics)
    }
    track?.enter(.layer, 0)
    stem.unit.forward(images, count: count, theta: theta, mode: norms) { _ in }
    for (i, block) in blocks.enumerated() {
      track?.enter(.layer, i + 1)
      block.forward(input(ofBlock: i), count: count, theta: theta, mode: norms) { n in
        if i == 0 { stem.activate(n) } else { blocks[i - 1].activate(n, x: input(ofBlock: i - 1)) }
      }
    }
    let last = blocks.count - 1
    team.forEach(count) { n, _ in
      blocks[last].activate(n, x: input(ofBlock: last))
      head.pool(blocks[last].output[n], n)
    }
    track?.leave(.layer)
  }

  /// All images of a pass are one replica's.
  func takeAsOneReplica(_ count: Int) {
    if replicas.count == 1 { replicas[0] = 0..<count } else { replicas = [0..<count] }
  }

  // MARK: What a pass has found

  /// The pooled features of image n after a pass: the means of the last convolution's K activations.
  package func features(_ n: Int) -> FloatSlice { head.features(n) }

  /// The last convolution's activations [K][H][W] of image n after a pass, behind the ReLU and before
  /// the gate: K maps, row by row.
  package func activations(_ n: Int) -> [Float] {
    let output = blocks[blocks.count - 1].output
    return output[n..<n + 1].read()
  }

  /// Height and width of a map of the last convolution.
  package var activationSize: (height: Int, width: Int) {
    let shape = blocks[blocks.count - 1].output.shape
    return (shape.height, shape.width)
  }

  /// Cross-entropy and correctness of as many images as labels on a path, after `forward`.
  package func predict(labels: ArraySlice<Int32>, path: Path) -> [(loss: Double, isCorrect: Bool)] {
    let labels = labels.map(Int.init)
    classify(count: labels.count) { path == .gated ? gate.row(labels[$0]) : nil }
    return labels.enumerated().map { n, label in
      (crossEntropy.loss(n, label: label), head.logits.prediction(n) == label)
    }
  }

  /// The predicted class of each of the first `count` images, after `forward`; `gateRow` gives the
  /// factors of image n's last K activations, nil for the STD path.
  package func predictedClasses(count: Int, gateRow: (Int) -> FloatSlice?) -> [Int32] {
    classify(count: count, gateRow: gateRow)
    return (0..<count).map { Int32(head.logits.prediction($0)) }
  }

  /// The logits of image n [C] that the last call of `predict`, `predictedClasses` or
  /// `logits(count:)` left.
  package func logits(_ n: Int) -> FloatSlice { head.logits[n] }

  /// Logits of the first `count` images on the STD path, after `forward`.
  package func logits(count: Int) -> [[Float]] {
    classify(count: count) { _ in nil }
    return (0..<count).map { head.logits[$0].array }
  }

  private func classify(count: Int, gateRow: (Int) -> FloatSlice?) {
    head.forward(0..<count, gateRow: gateRow, theta: theta, addresses: nil)
  }
}
