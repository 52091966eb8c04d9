/// How often samples of a class are taken for another.
package struct Confusion: Sendable, Equatable {
  /// C.
  package let classes: Int
  /// Samples [true class][predicted class].
  package let counts: [Int32]

  /// Counts pairs of labels and predictions.
  package init(labels: [Int32], predictions: [Int32], classes: Int) {
    precondition(labels.count == predictions.count, "a prediction a label")
    self.classes = classes
    var counts = [Int32](repeating: 0, count: classes * classes)
    for (label, prediction) in zip(labels, predictions) {
      counts[Int(label) * classes + Int(prediction)] += 1
    }
    self.counts = counts
  }

  private func row(_ c: Int) -> ArraySlice<Int32> { counts[c * classes..<(c + 1) * classes] }

  /// Share of the samples that are taken for what they are.
  package var accuracy: Double {
    let hits = (0..<classes).reduce(0) { $0 + Int(counts[$1 * (classes + 1)]) }
    return Double(hits) / Double(counts.reduce(0) { $0 + Int($1) })
  }

  /// The same of each class [C]; nil for a class without samples.
  package var perClass: [Double?] {
    (0..<classes).map { c in
      let total = row(c).reduce(0) { $0 + Int($1) }
      return total == 0 ? nil : Double(counts[c * (classes + 1)]) / Double(total)
    }
  }
}
