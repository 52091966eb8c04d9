import Attacks
import Datasets

/// What a page about an attack shows, read from the attack's file.
package struct AttackFindings {
  let summary: AttackSummary
  let classes: [String]
  /// Samples by label, and by what the net was to take them for; the latter empty without targets.
  let byLabel: [ClassTally], byTarget: [ClassTally]
  /// Rows of the file of pictures that fooled the net, and that did not, of each kind a few.
  let fooling: [Int], withstood: [Int]

  /// Pictures that are shown of each kind.
  private static let shown = (fooling: 12, withstood: 3)

  /// Of an attack on samples of these classes.
  /// - Throws: `CSGError` 65 where the file is damaged.
  init(_ file: AttackReader, classes: [String]) throws {
    summary = try file.summary()
    self.classes = classes
    let labels = try file.classes("labels", of: classes.count)
    let targets = try file.classes("targets", of: classes.count)
    let l2 = try file.column("l2", Double.self)
    var samples: [ClassTally.Sample] = []
    try file.forEachLogits(.after, rows: Array(labels.indices), classes: classes.count) {
      samples.append(
        .init(
          isCorrect: file.wasCorrect[$0] == 1, isAttacked: file.wasAttacked[$0] == 1,
          isSuccess: file.isSuccess[$0] == 1, l2: l2[$0], takenFor: Prediction.of($1)))
    }
    byLabel = ClassTally.all(samples, by: labels)
    byTarget = ClassTally.all(samples, by: targets)
    let attacked = labels.indices.filter { file.wasAttacked[$0] == 1 }
    fooling = Self.some(
      attacked.filter { file.isSuccess[$0] == 1 }, labels, most: Self.shown.fooling)
    withstood = Self.some(
      attacked.filter { file.isSuccess[$0] == 0 }, labels, most: Self.shown.withstood)
  }

  /// The first row of each label, then the first of the others, so many at most; rising.
  package static func some(_ rows: [Int], _ labels: [Int], most: Int) -> [Int] {
    var seen: Set<Int> = []
    var first: [Int] = [], others: [Int] = []
    for row in rows {
      if seen.insert(labels[row]).inserted { first.append(row) } else { others.append(row) }
    }
    return (first + others).prefix(most).sorted()
  }
}
