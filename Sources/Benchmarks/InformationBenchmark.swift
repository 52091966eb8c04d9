import Communicator
import Core
import Interpretability
import Kernels

/// The speed of M, alone.
package enum InformationBenchmark {
  /// What was measured.
  package struct Result: Codable, Sendable {
    /// N, K and C.
    package let samples: Int, filters: Int, classes: Int
    /// P, and computing threads of each.
    package let ranks: Int, threads: Int
    /// Median of one estimate of M on rank 0, and how many were timed.
    package let seconds: Double, repetitions: Int
    /// MIS, so that what was measured can be held against another program's.
    package let score: Double
    /// Permutations of the labels that were estimated too, with the interval of MIS; 0: M alone.
    package let permutations: Int
  }

  /// Estimates M of `table`, which is the same on every rank, for `seconds` (at least five times);
  /// with `permutations` also what it is by chance, and the interval of MIS.
  package static func run(
    _ table: FeatureTable, permutations: Int, seconds: Double, team: ThreadTeam,
    communicator: Communicator
  ) throws -> Result {
    var score = 0.0
    let (median, repetitions) = try Repetition.median(
      seconds: seconds, communicator: communicator
    ) {
      let columns = SharedColumns(table, team: team, communicator: communicator)
      let information = try MutualInformation(columns)
      score = information.score
      guard permutations > 0 else { return }
      _ = try InformationInterval(information, columns, seed: 0)
      _ = try InformationChance(columns, permutations: permutations, seed: 0)
    }
    return Result(
      samples: table.count, filters: table.filters, classes: table.classes,
      ranks: communicator.size, threads: team.count, seconds: median, repetitions: repetitions,
      score: score, permutations: permutations)
  }

  /// Features as rectifiers leave them: filter k answers class k mod C a little more, and nearly half
  /// of the others' samples with 0.
  package static func features(samples: Int, filters: Int, classes: Int) throws -> FeatureTable {
    func random(_ stream: Int, _ element: Int) -> Double {
      let words = AddressedRandom(seed: 0, purpose: .benchmark, stream: stream).words(element)
      return AddressedRandom.unit(words[0], words[1])
    }
    let labels = (0..<samples).map { Int32(random(0, $0) * Double(classes)) }
    let values = labels.enumerated().flatMap { n, label in
      (0..<filters).map { k in
        Float(max(0, random(1, n * filters + k) - (k % classes == Int(label) ? 0.2 : 0.5)))
      }
    }
    return try FeatureTable(values: values, filters: filters, labels: labels, classes: classes)
  }
}
