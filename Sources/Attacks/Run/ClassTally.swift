import Core

/// What an attack came to on samples of one class: by their label, or by what the net was to take them for.
package struct ClassTally: Sendable, Equatable {
  /// The class.
  package let number: Int
  /// Samples; those that the net was right on, those that were attacked, and those that fool it since.
  package private(set) var samples = 0, correct = 0, attacked = 0, successes = 0
  /// Distances of what fools the net, in the order of samples.
  private var l2: [Double] = []
  /// What the net takes that for: how often each class.
  private var takenFor: [Int: Int] = [:]

  /// A sample as it enters.
  package struct Sample: Sendable {
    let isCorrect: Bool, isAttacked: Bool, isSuccess: Bool
    let l2: Double, takenFor: Int

    /// Whether the net was right on it, whether it was attacked and fooled the net; its distance, and the
    /// class that the net tells afterwards.
    package init(isCorrect: Bool, isAttacked: Bool, isSuccess: Bool, l2: Double, takenFor: Int) {
      self.isCorrect = isCorrect
      self.isAttacked = isAttacked
      self.isSuccess = isSuccess
      self.l2 = l2
      self.takenFor = takenFor
    }
  }

  private init(number: Int) { self.number = number }

  private mutating func add(_ sample: Sample) {
    samples += 1
    correct += sample.isCorrect ? 1 : 0
    guard sample.isAttacked else { return }
    attacked += 1
    guard sample.isSuccess else { return }
    successes += 1
    l2.append(sample.l2)
    takenFor[sample.takenFor, default: 0] += 1
  }

  /// Each class that `numbers` [N] names, rising; what is below 0 is none.
  package static func all(_ samples: [Sample], by numbers: [Int]) -> [ClassTally] {
    var tallies: [Int: ClassTally] = [:]
    for (sample, number) in zip(samples, numbers) where number >= 0 {
      tallies[number, default: ClassTally(number: number)].add(sample)
    }
    return tallies.values.sorted { $0.number < $1.number }
  }

  /// Share of the attacked samples that fool the net; nil where none was attacked.
  package var success: WilsonInterval? { WilsonInterval(successes, of: attacked) }

  /// The mean distance of what fools the net; nil where nothing does.
  package var meanL2: Double? { AttackSummary.Average(l2)?.mean }

  /// The class that the net takes most of them for, the first of equals, and how many; nil where none
  /// fools it.
  package var mostTakenFor: (number: Int, count: Int)? {
    takenFor.max { ($0.value, -$0.key) < ($1.value, -$1.key) }.map { ($0.key, $0.value) }
  }
}
