import Core

/// Calls a body once for each job in 0..<count, in any order and on any threads, and returns when all
/// are done: `forEach` of a `ThreadTeam`, or a loop. Jobs write apart.
package typealias ForEachJob = (
  _ count: Int, _ body: (_ job: Int, _ thread: Int) -> Void
) -> Void

/// What a forest learns from: features of samples, and the class of each.
package struct ForestTable: Sendable {
  /// Samples (N), features (F) and classes (C).
  package let count: Int, features: Int, classes: Int
  /// Features [N][F], finite.
  package let values: [Float]
  /// The class of each sample [N], in 0..<C.
  package let labels: [Int32]
  /// The place of each sample's value among those of a feature.
  let ranks: FeatureRanks

  /// Bits of a number of samples: its cube fits Int64 (`SplitSearch`).
  static let countBits = 21
  /// Samples that a table holds at most.
  package static let mostSamples = (1 << countBits) - 1
  /// Bits of a class; with two numbers of samples it makes a word (`SampleKey`).
  static let classBits = 64 - 2 * countBits
  /// Bits of the number of features; with that of nodes it makes an address (`CandidateDraw`).
  static let featureBits = 24

  /// A table of `labels.count` samples. A class may have none; if only one has any, every tree is a
  /// leaf.
  /// - Throws: `CSGError` 65 where there is no sample, feature or class, or where there are too many,
  ///   where the features do not fill [N][F], and that names the first label outside 0..<C, or the
  ///   first feature that is not finite.
  package init(
    values: [Float], features: Int, labels: [Int32], classes: Int,
    forEach: ForEachJob = RandomForest.oneByOne
  ) throws {
    func require(_ what: String, _ number: Int, bits: Int) throws {
      guard number >= 1 && number < 1 << bits else {
        throw CSGError(
          .data, "a random forest takes 1 to \((1 << bits) - 1) \(what), not \(number)")
      }
    }
    try require("samples", labels.count, bits: Self.countBits)
    try require("features", features, bits: Self.featureBits)
    try require("classes", classes, bits: Self.classBits)
    try Self.check(values, features: features)
    guard values.count == labels.count * features else {
      throw CSGError(
        .data, "\(values.count) values are not \(features) features of \(labels.count) samples")
    }
    if let n = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      throw CSGError(.data, "sample \(n) is of class \(labels[n]), which is not in 0..<\(classes)")
    }
    self.values = values
    self.features = features
    self.labels = labels
    self.classes = classes
    count = labels.count
    ranks = FeatureRanks(values, features: features, forEach: forEach)
  }

  /// Throws what names the first of features [N][F] that is not finite.
  static func check(_ values: [Float], features: Int) throws {
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw CSGError(
        .data, "feature \(place % features) of sample \(place / features) is \(values[place])",
        remedy: "give features that are finite")
    }
  }
}
