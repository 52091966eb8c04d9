import Core

/// The samples of a split that a repeat draws: the first n of each class, in an order of the class's own.
///
/// That of class c in repeat r is the permutation of its samples, as they are numbered, by purpose
/// `.detection`, stream 2r for the training split and 2r + 1 for the test split, from element c · 2³² on.
/// It depends on nothing else: smaller draws of a repeat are parts of its larger ones, and all nets and
/// methods have the same.
package struct DetectionDraw: Sendable {
  /// Of which split.
  package enum Side: String, Sendable, CaseIterable {
    case train, test
  }

  /// The samples of each class in the repeat's order [C][samples of the class].
  package let order: [[Int]]

  /// The draw of a repeat from a split with such labels.
  package init(labels: [Int32], classes: Int, seed: UInt64, side: Side, repetition: Int) {
    var samples = [[Int]](repeating: [], count: classes)
    for (sample, label) in labels.enumerated() { samples[Int(label)].append(sample) }
    let random = AddressedRandom(
      seed: seed, purpose: .detection, stream: 2 * repetition + (side == .test ? 1 : 0))
    order = samples.enumerated().map { label, samples in
      random.permutation(samples.count, from: label << 32).map { samples[Int($0)] }
    }
  }

  /// The first so many samples of each class, by number.
  package func samples(perClass count: Int) -> [Int] {
    order.flatMap { $0.prefix(count) }.sorted()
  }

  /// The same, first of each class, then second of each, and so on: as balanced as can be at any place.
  package func inTurn(perClass count: Int) -> [Int] {
    (0..<count).flatMap { place in order.compactMap { place < $0.count ? $0[place] : nil } }
  }

  /// The seed of the forests of a repeat: of all sizes, nets and methods. Element 2⁴⁷ of the training
  /// split's stream, which no class reaches.
  package static func forestSeed(seed: UInt64, repetition: Int) -> UInt64 {
    let words = AddressedRandom(seed: seed, purpose: .detection, stream: 2 * repetition).words(
      1 << 47)
    return UInt64(words[1]) << 32 | UInt64(words[0])
  }
}
