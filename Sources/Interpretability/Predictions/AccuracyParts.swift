/// Shares of correct predictions: of all samples, of those of some classes, and of those of the others.
package struct AccuracyParts: Sendable, Equatable {
  /// Of all.
  package let all: Double
  /// Of the classes' samples, and of the others'; nil where there are none.
  package let own: Double?, others: Double?

  /// The shares by a confusion.
  package init(_ confusion: Confusion, own classes: [Int]) {
    let count = confusion.classes
    func share(_ labels: [Int]) -> Double? {
      let samples = labels.reduce(0) { sum, label in
        confusion.counts[label * count..<(label + 1) * count].reduce(sum) { $0 + Int($1) }
      }
      let hits = labels.reduce(0) { $0 + Int(confusion.counts[$1 * (count + 1)]) }
      return samples == 0 ? nil : Double(hits) / Double(samples)
    }
    let isOwn = Set(classes)
    all = confusion.accuracy
    own = share(classes)
    others = share((0..<count).filter { !isOwn.contains($0) })
  }

  /// The mean of several (at least one) of the same samples, added in order.
  init(meanOf parts: [AccuracyParts]) {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func mean(_ values: [Double?]) -> Double? {
      values.contains { $0 == nil } ? nil : mean(values.compactMap { $0 })
    }
    all = mean(parts.map(\.all))
    own = mean(parts.map(\.own))
    others = mean(parts.map(\.others))
  }
}
