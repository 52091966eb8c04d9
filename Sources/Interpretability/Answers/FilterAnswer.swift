/// Which class a filter is for: by G, and by M.
package struct FilterAnswer: Encodable, Sendable, Equatable {
  /// Its largest entry of G, the class of it, the first of equals, and how many classes have an entry
  /// above 0.5; nil without a gate, the class also where all entries are 0.
  package let gate: Double?, gateClass: Int?, gateClasses: Int?
  /// Its largest entry of M in nats, and the class of it, the first of equals; nil where M is 0.
  package let information: Double, informationClass: Int?
  /// Whether this entry exceeds the largest of all permutations of the labels; nil without any.
  package let isAboveChance: Bool?

  /// An answer.
  package init(
    gate: (value: Double, label: Int?, classes: Int)?, information: Double, informationClass: Int?,
    isAboveChance: Bool?
  ) {
    self.gate = gate?.value
    gateClass = gate?.label
    gateClasses = gate?.classes
    self.information = information
    self.informationClass = informationClass
    self.isAboveChance = isAboveChance
  }

  /// The class that M tells of; nil where it tells of none, or no more than chance would.
  package var knownClass: Int? { isAboveChance == false ? nil : informationClass }

  /// The answers of all filters [K]; `gate` is G [C][K].
  static func all(
    gate: [Float]?, _ information: MutualInformation, _ chance: InformationChance?
  ) -> [FilterAnswer] {
    (0..<information.filters).map { k in
      let best = information.best(ofFilter: k)
      return FilterAnswer(
        gate: gate.map { largest(of: $0, filter: k, filters: information.filters) },
        information: best.value, informationClass: best.value > 0 ? best.label : nil,
        isAboveChance: chance.map { best.value > $0.most(ofFilter: k) })
    }
  }

  private static func largest(of gate: [Float], filter k: Int, filters: Int)
    -> (value: Double, label: Int?, classes: Int)
  {
    let column = stride(from: k, to: gate.count, by: filters).map { gate[$0] }
    let most = column.max() ?? 0
    return (
      Double(most), most > 0 ? column.firstIndex(of: most) : nil, column.count { $0 > 0.5 }
    )
  }

  enum CodingKeys: String, CodingKey {
    case gate, information
    case gateClass = "gate_class"
    case gateClasses = "gate_classes"
    case informationClass = "information_class"
    case isAboveChance = "above_chance"
  }

  /// Every key stands in the file.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(gate, forKey: .gate)
    try container.encode(gateClass, forKey: .gateClass)
    try container.encode(gateClasses, forKey: .gateClasses)
    try container.encode(information, forKey: .information)
    try container.encode(informationClass, forKey: .informationClass)
    try container.encode(isAboveChance, forKey: .isAboveChance)
  }
}
