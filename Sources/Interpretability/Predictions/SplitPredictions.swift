import Core
import Inference
import Network

/// What a network says of a split: the feature vectors of the STD path, and what each reading of them
/// predicts.
package struct SplitPredictions: Sendable {
  /// Features [N][K] with labels.
  package let table: FeatureTable
  /// The predicted class of each sample, reading by reading [N].
  package let predictions: [[Int32]]
  /// The activation of each filter [K] that a share of all places of all images reaches; see
  /// `AnswerCounts`.
  package let activationThresholds: [Float]

  /// Passes every sample through the network once, over all ranks; collective. `share` is that
  /// of the activations' thresholds.
  /// - Throws: `CSGError` where a sample cannot be read, or a feature or a logit is not finite.
  package init(_ passes: SplitPasses, readings: [Reading], share: Double) throws {
    let network = passes.network
    var answers = Answers(network, readings)
    var counts = AnswerCounts(filters: network.filters)
    var features: [Float] = []
    var labels: [Int32] = []
    try passes.forEachPart { samples, theirs in
      for n in theirs.indices {
        features += network.features(n).array
        counts.add(network.activations(n))
      }
      labels += theirs
      answers.add(samples, labels: theirs)
    }
    table = try FeatureTable(
      values: passes.gather(features, width: network.filters), filters: network.filters,
      labels: passes.gather(labels), classes: network.classes)
    predictions = try answers.gather(passes)
    activationThresholds = try counts.thresholds(share: share, passes.communicator)
  }

  /// The predictions alone, of as much a pass; collective.
  /// - Throws: `CSGError` where a sample cannot be read, or a logit is not finite.
  package static func predictions(_ passes: SplitPasses, readings: [Reading]) throws
    -> [[Int32]]
  {
    var answers = Answers(passes.network, readings)
    try passes.forEachPart { samples, labels in answers.add(samples, labels: labels) }
    return try answers.gather(passes)
  }
}

/// What a rank's samples are taken for, reading by reading.
private struct Answers {
  private let network: Network
  private let readings: [Reading]
  /// The factors of a part's samples [samples][K], for one reading at a time.
  private let rows: [FloatSlice]
  private var predictions: [[Int32]]
  /// The logits that are not finite: of the first sample that has such, the first.
  private var odd: [OddLogit] = []

  private struct OddLogit: BitwiseCopyable {
    let sample: Int, reading: Int, label: Int, value: Float

    /// The place by which the first is told, whatever rank found it.
    var place: (Int, Int, Int) { (sample, reading, label) }
  }

  init(_ network: Network, _ readings: [Reading]) {
    self.network = network
    self.readings = readings
    let factors = FloatBuffer(network.capacity * network.filters)
    rows = (0..<network.capacity).map { n in
      factors[n * network.filters..<(n + 1) * network.filters]
    }
    predictions = readings.map { _ in [] }
  }

  /// Adds the samples of a part whose features are there.
  mutating func add(_ samples: Range<Int>, labels: [Int32]) {
    let taken =
      readings.contains(where: \.needsPrediction)
      ? network.predictedClasses(count: labels.count) { _ in nil } : labels
    for (number, reading) in readings.enumerated() {
      if !reading.isPlain {
        for (n, label) in labels.enumerated() {
          reading.fill(
            rows[n], gate: network.gate, label: Int(label), prediction: Int(taken[n]))
        }
      }
      predictions[number] += network.predictedClasses(count: labels.count) { n in
        reading.isPlain ? nil : rows[n]
      }
      for (n, sample) in samples.enumerated() where sample < odd.first?.sample ?? .max {
        let logits = network.logits(n)
        guard let label = (0..<logits.count).first(where: { !logits[$0].isFinite }) else {
          continue
        }
        odd = [OddLogit(sample: sample, reading: number, label: label, value: logits[label])]
      }
    }
  }

  /// The predictions of all ranks' samples in index order, on each rank.
  /// - Throws: `CSGError` 1 that names the first logit that is not finite.
  func gather(_ passes: SplitPasses) throws -> [[Int32]] {
    let all = try passes.communicator.gather(odd).flatMap { $0 }
    if let first = all.min(by: { $0.place < $1.place }) {
      let path = readings[first.reading].path == .gated ? "CSG" : "STD"
      throw CSGError(
        .failure,
        "class \(first.label) answers sample \(first.sample) with \(first.value) on the \(path) path",
        remedy: "analyze an older checkpoint")
    }
    return try predictions.map { try passes.gather($0) }
  }
}
