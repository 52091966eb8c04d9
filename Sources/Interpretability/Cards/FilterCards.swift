import Core
import Datasets
import Inference
import Network

/// What can be said of each filter of the last convolution, for a person to see what it means.
package struct FilterCards: Sendable {
  /// One filter.
  package struct Card: Sendable {
    package let filter: Int
    /// The class of its largest gate entry, or without a gate of its largest mean activation; the first of
    /// equals. (M knows no sign: a filter may tell a class by its silence.)
    package let classNumber: Int
    /// Its column of G [C], and its row of M [C].
    package let gate: [Float]?, information: [Double]
    /// The activation that bounds its ActivMap: 30 % of all places of the split reach it; 0 where it is
    /// silent at more of them.
    package let threshold: Float
    /// Samples by class [C] and by how strongly the filter answers: not at all, then in `bins` steps up to
    /// `strongestAnswer`.
    package let histogram: [[Int]], strongestAnswer: Float
    /// The samples that it answers to most, first the strongest, and samples drawn at random.
    package fileprivate(set) var strongest: [FilterCards.Shown], random: [FilterCards.Shown]
    /// What its removal costs of each class's accuracy on the STD path [C]; nil for a class without
    /// samples. Nil as a whole for a net that does not end in one linear layer, or too large a split.
    package let losses: [Double?]?
  }

  /// A sample that a card shows.
  package struct Shown: Sendable {
    package let sample: Int
    /// Its pooled activation.
    package let value: Float
    /// The filter's activations [h][w].
    package fileprivate(set) var activations: [Float] = []
  }

  /// In the order of filters.
  package let cards: [Card]
  /// The pictures of all samples that are shown, by number: squares of `side` pixels.
  package let pictures: [Int: Picture]
  /// Extent of the activations.
  package let activationSize: (height: Int, width: Int)

  /// Pictures of either kind; steps of a histogram.
  package static let shown = 9, bins = 16
  /// Side of a picture; as large as it is drawn, since there may be many.
  package static let side = 48
  /// Answers of the classifier that are looked at for removals, at most.
  private static let answerLimit = 1 << 31

  /// The cards of an analysis; the passes are of the same network and split. On one rank.
  package init(_ analysis: NetworkAnalysis, _ passes: SplitPasses, seed: UInt64) throws {
    let (table, network) = (analysis.table, passes.network)
    let removal = network.classifierWeights.flatMap { weights in
      table.count * table.filters * table.classes <= Self.answerLimit
        ? SingleRemovals(table, weights: weights, biases: network.classifierBiases) : nil
    }
    let means = table.classMeans()
    var cards = (0..<table.filters).map { k in
      Card(k, analysis, means: means, removal: removal, seed: seed)
    }

    // Each sample goes through the network once, whatever cards show it.
    var places: [Int: [(card: Int, isRandom: Bool, place: Int)]] = [:]
    for (k, card) in cards.enumerated() {
      for (place, shown) in card.strongest.enumerated() {
        places[shown.sample, default: []].append((k, false, place))
      }
      for (place, shown) in card.random.enumerated() {
        places[shown.sample, default: []].append((k, true, place))
      }
    }
    let samples = places.keys.sorted()
    let size = network.activationSize
    let pixels = size.height * size.width
    var pictures: [Int: Picture] = [:]
    try passes.forEach(samples.map { $0..<$0 + 1 }) { range, _ in
      let map = network.activations(0)
      pictures[range.lowerBound] = try passes.picture(range.lowerBound).resized(
        height: Self.side, width: Self.side, filter: .bilinear)
      for (k, isRandom, place) in places[range.lowerBound] ?? [] {
        let own = Array(map[k * pixels..<(k + 1) * pixels])
        if isRandom {
          cards[k].random[place].activations = own
        } else {
          cards[k].strongest[place].activations = own
        }
      }
    }
    self.cards = cards
    self.pictures = pictures
    activationSize = size
  }
}

extension FilterCards.Card {

  fileprivate init(
    _ k: Int, _ analysis: NetworkAnalysis, means: [[Double]?], removal: SingleRemovals?,
    seed: UInt64
  ) {
    let table = analysis.table
    let classes = table.classes
    let gate = analysis.gate.map { gate in (0..<classes).map { gate[$0 * table.filters + k] } }
    let information = (0..<classes).map { analysis.information.values[k * classes + $0] }
    filter = k
    self.gate = gate
    self.information = information
    let scores = gate.map { $0.map(Double.init) } ?? means.map { $0?[k] ?? 0 }
    var best = 0
    for c in 1..<classes where scores[c] > scores[best] { best = c }
    classNumber = best
    threshold = analysis.activationThresholds[k]

    let column = (0..<table.count).map { table.values[$0 * table.filters + k] }
    let most = column.max() ?? 0
    strongestAnswer = most
    var histogram = Array(
      repeating: Array(repeating: 0, count: FilterCards.bins + 1), count: classes)
    for (n, value) in column.enumerated() {
      let step =
        value > 0 ? min(Int(Float(FilterCards.bins) * value / most), FilterCards.bins - 1) + 1 : 0
      histogram[Int(table.labels[n])][step] += 1
    }
    self.histogram = histogram
    let count = min(FilterCards.shown, table.count)
    strongest = column.indices.sorted {
      column[$0] == column[$1] ? $0 < $1 : column[$0] > column[$1]
    }.prefix(count).map { FilterCards.Shown(sample: $0, value: column[$0]) }
    random = Self.draw(count, of: table.count, filter: k, seed: seed).map {
      FilterCards.Shown(sample: $0, value: column[$0])
    }
    losses = removal?.losses(k)
  }

  /// Different samples, addressed by the filter.
  private static func draw(_ count: Int, of samples: Int, filter: Int, seed: UInt64) -> [Int] {
    let random = AddressedRandom(seed: seed, purpose: .cards, stream: filter)
    var chosen: [Int] = []
    var attempt = 0
    while chosen.count < count {
      let words = random.words(attempt)
      let sample = AddressedRandom.below(samples, words[0], words[1])
      if !chosen.contains(sample) { chosen.append(sample) }
      attempt += 1
    }
    return chosen
  }
}
