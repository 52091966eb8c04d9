import Core

/// How many of some samples are predicted right.
package struct Tally: Encodable, Sendable, Equatable {
  /// Those that are, of how many.
  package let right: Int, samples: Int

  /// So many of so many.
  package init(_ right: Int, of samples: Int) {
    precondition(right >= 0 && right <= samples, "\(right) of \(samples)")
    self.right = right
    self.samples = samples
  }

  /// The share with its interval; nil where there is no sample.
  package var share: WilsonInterval? { WilsonInterval(right, of: samples) }

  static func + (a: Tally, b: Tally) -> Tally {
    Tally(a.right + b.right, of: a.samples + b.samples)
  }

  enum CodingKeys: CodingKey { case right, samples, interval }

  /// Every key stands in the file: null without a sample.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(right, forKey: .right)
    try container.encode(samples, forKey: .samples)
    try container.encode(share.map { [$0.low, $0.high] }, forKey: .interval)
  }
}

/// How many samples of some classes, and of all others, are predicted right.
package struct TallyParts: Sendable, Equatable {
  /// Of the classes, and of the others.
  package let own: Tally, others: Tally

  /// Both, as they were counted.
  package init(own: Tally, others: Tally) {
    self.own = own
    self.others = others
  }

  /// By a confusion.
  init(_ confusion: Confusion, own classes: [Int]) {
    let isOwn = Set(classes)
    var (own, others) = (Tally(0, of: 0), Tally(0, of: 0))
    for (label, tally) in confusion.tallies.enumerated() {
      if isOwn.contains(label) { own = own + tally } else { others = others + tally }
    }
    self.init(own: own, others: others)
  }
}

extension Confusion {
  /// How many of each class [C] are taken for what they are.
  package var tallies: [Tally] {
    (0..<classes).map { c in
      let row = counts[c * classes..<(c + 1) * classes]
      return Tally(
        Int(counts[c * (classes + 1)]), of: row.reduce(0) { $0 + Int($1) })
    }
  }
}
