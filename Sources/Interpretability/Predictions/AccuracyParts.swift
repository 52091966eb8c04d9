/// Shares of correct predictions: of all samples, of those of some classes, and of those of the others.
package struct AccuracyParts: Sendable, Equatable {
  /// Of all.
  package let all: Double
  /// Of the classes' samples, and of the others'; nil where there are none.
  package let own: Double?, others: Double?

  /// The shares by a confusion.
  package init(_ confusion: Confusion, own classes: [Int]) {
    self.init(TallyParts(confusion, own: classes))
  }

  /// The shares of what was counted, of one sample or more.
  init(_ parts: TallyParts) {
    all = (parts.own + parts.others).share?.share ?? .nan
    own = parts.own.share?.share
    others = parts.others.share?.share
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
