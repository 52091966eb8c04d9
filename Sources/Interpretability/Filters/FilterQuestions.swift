import Network

/// What is asked of the classifier to learn what the filters of classes are for, in one pass over the
/// split: without those of some classes, by those of the predicted class alone and by all others, each
/// time also with random filters in their place.
package struct FilterQuestions {
  private let rule: ClassFilters
  /// The filters of each class [C].
  private let lists: [[Int]]
  /// The classes of each removal, and their filters.
  private let sets: [(classes: [Int], filters: [Int])]
  /// How many random filters are taken away as a control, each number once.
  private let counts: [Int]
  private let paths: [Path]

  /// The readings, whose predictions `answers` takes in this order.
  package let readings: [Reading]

  /// Questions about the filters `lists` [C] of the classes, of `filters` in all, removing those of
  /// each of `removals` together.
  package init(
    _ lists: [[Int]], rule: ClassFilters, of filters: Int, removals: [[Int]], seed: UInt64
  ) {
    self.rule = rule
    self.lists = lists
    sets = removals.map { ($0, ClassFilters.union(lists, of: $0)) }
    counts = Set(sets.map(\.filters.count)).subtracting([0]).sorted()
    paths = rule == .gate ? [.standard, .gated] : [.standard]
    let draws = 0..<RandomFilters.draws
    func random(_ count: Int, _ draw: Int) -> [Int] {
      RandomFilters.choose(count, of: filters, draw: draw, seed: seed)
    }
    func predicted(_ lists: [[Int]]) -> [Reading] {
      [Reading(.standard, .onlyPredicted(lists)), Reading(.standard, .withoutPredicted(lists))]
    }
    var readings: [Reading] = []
    for set in sets { readings += paths.map { Reading($0, .without(set.filters)) } }
    for count in counts {
      readings += draws.map { Reading(.standard, .without(random(count, $0))) }
    }
    readings += predicted(lists)
    for draw in draws { readings += predicted(lists.map { random($0.count, draw) }) }
    self.readings = readings
  }

  /// What `predictions` [reading][N] say, beside those of the STD path with all filters in place.
  package func answers(_ predictions: ArraySlice<[Int32]>, intact: [Int32], _ table: FeatureTable)
    -> (removals: [Removal], predicted: PredictedClassFilters)
  {
    precondition(predictions.count == readings.count, "an answer a question")
    var rest = predictions
    func next() -> [Int32] { rest.removeFirst() }
    func confusion(_ predictions: [Int32]) -> Confusion {
      Confusion(labels: table.labels, predictions: predictions, classes: table.classes)
    }
    func accuracy(_ predictions: [Int32]) -> Double {
      let hits = zip(predictions, table.labels).count { $0 == $1 }
      return Double(hits) / Double(table.count)
    }
    let whole = confusion(intact)
    let left = sets.map { _ in paths.map { _ in confusion(next()) } }
    // The draws of each count, as parts of each set that has so many filters.
    var controls = sets.map { _ in [TallyParts]() }
    for count in counts {
      for _ in 0..<RandomFilters.draws {
        let drawn = confusion(next())
        for (i, set) in sets.enumerated() where set.filters.count == count {
          controls[i].append(TallyParts(drawn, own: set.classes))
        }
      }
    }
    let removals = sets.enumerated().map { i, set in
      let before = AccuracyParts(whole, own: set.classes)
      return Removal(
        classes: set.classes, filters: set.filters, rule: rule, standard: left[i][0],
        gated: rule == .gate ? left[i][1] : nil, before: before,
        after: AccuracyParts(left[i][0], own: set.classes),
        control: controls[i].isEmpty
          ? before : AccuracyParts(meanOf: controls[i].map { AccuracyParts($0) }),
        draws: controls[i])
    }
    let (own, others) = (next(), next())
    let drawn = (0..<RandomFilters.draws).map { _ in (accuracy(next()), accuracy(next())) }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    return (
      removals,
      PredictedClassFilters(
        filters: lists, rule: rule, own: own, others: others, ownAccuracy: accuracy(own),
        othersAccuracy: accuracy(others), ownControl: mean(drawn.map(\.0)),
        othersControl: mean(drawn.map(\.1)))
    )
  }
}
