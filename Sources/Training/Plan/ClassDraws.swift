import Core
import Datasets

/// How often the samples of each class are drawn in an epoch with `data.balance: classes`, in words.
package struct ClassDraws {
  /// Names of the classes, and training samples of each: [C].
  package let names: [String], counts: [Int]
  /// Draws of an epoch.
  package let draws: Int

  /// The draws of classes with so many samples.
  package init(names: [String], counts: [Int], draws: Int) {
    self.names = names
    self.counts = counts
    self.draws = draws
  }

  /// More classes than this are not named.
  private static let named = 5

  /// That some classes have no samples to draw; nil where all have.
  package var caution: String? {
    let missing = zip(names, counts).filter { $1 == 0 }.map { Self.shown($0.0) }
    guard !missing.isEmpty else { return nil }
    let more = missing.count - Self.named
    return
      "data.balance: no training sample is of \(missing.prefix(Self.named).joined(separator: ", "))"
      + (more > 0 ? " and \(NumberText.count(more, "more class", "more classes"))" : "")
      + ": the other classes share the draws"
  }

  /// What balance makes of the smallest class and the largest; there is one with samples.
  package var summary: String {
    let held = zip(names, counts).filter { $1 > 0 }
    let (each, more) = draws.quotientAndRemainder(dividingBy: held.count)
    func part(_ place: (String, Int)?, _ what: String) -> String {
      guard let (name, count) = place else { return "" }
      let times = Double(draws) / Double(held.count) / Double(count)
      return
        "a sample of \(Self.shown(name)), the \(what) (\(count)), \(NumberText.fixed(times, 2)) times"
    }
    return "every class is drawn \(each)\(more > 0 ? " or \(each + 1)" : "") times an epoch: "
      + part(held.min { $0.1 < $1.1 }, "smallest") + ", "
      + part(held.max { $0.1 < $1.1 }, "largest")
  }

  private static func shown(_ name: String) -> String { FileName(Array(name.utf8)).shown }
}
