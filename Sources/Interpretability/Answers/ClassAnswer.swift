/// What the filters of a class are worth: which they are, whether M tells the same of them, and what the
/// STD path recognises with and without them.
package struct ClassAnswer: Encodable, Sendable {
  /// The class, by label.
  package let label: Int
  /// Its filters, ascending, and its entries of G for them, in this order; nil without a gate.
  package let filters: [Int], gate: [Double]?
  /// Of the filters those of which M names this class, those of which it names another, and those of
  /// which it tells no more than chance would; ascending.
  package let agreeing: [Int], differing: [Int], unclear: [Int]
  /// Samples that are predicted right with all filters in place: of the class, and of all others.
  package let before: TallyParts
  /// The same without its filters; nil where they were not removed, or there are none.
  package let removal: Without?

  /// What is left without the filters of a class.
  package struct Without: Sendable {
    /// Of the class, and of all others.
    package let after: TallyParts
    /// The same without as many random filters, over draws.
    package let own: Drawn, others: Drawn

    /// What `draws` (at least one) of random filters leave, beside what these do.
    package init(after: TallyParts, draws: [TallyParts]) {
      self.after = after
      own = Drawn(draws.map(\.own.right))
      others = Drawn(draws.map(\.others.right))
    }
  }

  /// Samples that are predicted right in several draws.
  package struct Drawn: Encodable, Sendable, Equatable {
    /// Their mean; in the worst draw, and in the best; how many draws there are.
    package let mean: Double, least: Int, most: Int, draws: Int

    init(_ counts: [Int]) {
      precondition(!counts.isEmpty, "a mean of something")
      mean = Double(counts.reduce(0, +)) / Double(counts.count)
      least = counts.min() ?? 0
      most = counts.max() ?? 0
      draws = counts.count
    }
  }

  /// The answer of a class whose filters are `filters`; `answers` [K] say what M tells of each.
  package init(
    _ label: Int, filters: [Int], gate: [Double]?, answers: [FilterAnswer], before: TallyParts,
    removal: Without?
  ) {
    self.label = label
    self.filters = filters
    self.gate = gate
    let known = filters.map { (filter: $0, label: answers[$0].knownClass) }
    agreeing = known.filter { $0.label == label }.map(\.filter)
    differing = known.filter { $0.label != nil && $0.label != label }.map(\.filter)
    unclear = known.filter { $0.label == nil }.map(\.filter)
    self.before = before
    self.removal = removal
  }

  /// The answers of all classes [C], whose filters are `lists` [C]; `gate` is G [C][K], `standard` the
  /// confusion of the STD path with all filters in place.
  static func all(
    _ lists: [[Int]], gate: [Float]?, answers: [FilterAnswer], standard: Confusion,
    removals: [Removal]
  ) -> [ClassAnswer] {
    let tallies = standard.tallies
    let all = tallies.reduce(Tally(0, of: 0), +)
    return lists.enumerated().map { label, filters in
      let own = tallies[label]
      let removal = removals.first { $0.classes == [label] && !$0.draws.isEmpty }
      return ClassAnswer(
        label, filters: filters,
        gate: gate.map { gate in filters.map { Double(gate[label * answers.count + $0]) } },
        answers: answers,
        before: TallyParts(
          own: own, others: Tally(all.right - own.right, of: all.samples - own.samples)),
        removal: removal.map {
          Without(after: TallyParts($0.standard, own: [label]), draws: $0.draws)
        })
    }
  }

  enum CodingKeys: String, CodingKey {
    case filters, gate, agreeing, differing, unclear, own, others, removal
    case label = "class"
  }

  /// Every key stands in the file.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(label, forKey: .label)
    try container.encode(filters, forKey: .filters)
    try container.encode(gate, forKey: .gate)
    try container.encode(agreeing, forKey: .agreeing)
    try container.encode(differing, forKey: .differing)
    try container.encode(unclear, forKey: .unclear)
    try container.encode(before.own, forKey: .own)
    try container.encode(before.others, forKey: .others)
    try container.encode(removal, forKey: .removal)
  }
}

extension ClassAnswer.Without {
  /// Whether the class is left with less than in any draw, and whether the others are.
  package var isNeeded: Bool { after.own.right < own.least }
  /// See `isNeeded`.
  package var costsOthers: Bool { after.others.right < others.least }
}

extension ClassAnswer.Without: Encodable {
  enum CodingKeys: String, CodingKey {
    case own, others
    case ownRandom = "own_random"
    case othersRandom = "others_random"
  }

  /// Every key stands in the file.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(after.own, forKey: .own)
    try container.encode(after.others, forKey: .others)
    try container.encode(own, forKey: .ownRandom)
    try container.encode(others, forKey: .othersRandom)
  }
}
