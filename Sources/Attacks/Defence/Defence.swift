import Communicator
import Core
import Datasets
import Inference
import Kernels
import Network

/// How two nets stand the same attacks on the same pictures: Table 4.
///
/// The pictures are the first of a split that both nets are right on, so that every one counts for both; an
/// attack is without target. What each attack made lies in the folder: what is there already, of the same
/// settings, model and data, is not made again.
package struct Defence {
  /// An attack under the name of its row.
  package struct Row: Sendable {
    /// As files are called: `local-search-library`.
    package let name: String
    package let attack: any Attack

    /// An attack under a name.
    package init(_ name: String, _ attack: any Attack) {
      self.name = name
      self.attack = attack
    }
  }

  /// How it ended.
  package enum Outcome: Sendable {
    /// On rank 0, what it comes to.
    case finished(DefenceMetrics?)
    /// A signal said stop; the folder holds what is done.
    case stopped
  }

  /// Channels, height and width of a picture.
  package let extent: (channels: Int, height: Int, width: Int)
  private let runs: [CheckpointedRun]
  private let passes: [SplitPasses]
  private let dataset: Dataset
  private let rows: [Row]
  private let count: Int, seed: UInt64
  private let folder: DefenceFolder
  private let communicator: Communicator
  private let level: CPULevel

  /// The network's run first, then the baseline's; `count` pictures. Collective.
  package init(
    _ runs: [CheckpointedRun], dataset: Dataset, rows: [Row], count: Int, seed: UInt64,
    folder: DefenceFolder, communicator: Communicator, level: CPULevel
  ) throws {
    self.runs = runs
    passes = try runs.map {
      try $0.passes(over: dataset, reachesImage: true, communicator: communicator)
    }
    let input = passes[0].network.input
    extent = (input.channels, input.height, input.width)
    self.dataset = dataset
    self.rows = rows
    self.count = count
    self.seed = seed
    self.folder = folder
    self.communicator = communicator
    self.level = level
  }

  /// Runs it to its end, or until a rank's `isStopRequested` says so; collective. `warn` is told where
  /// there are fewer pictures than asked for.
  /// - Throws: `CSGError`; what is done is in the folder.
  package func run(
    isStopRequested: () -> Bool, warn: (String) -> Void, tell: (AttackSeriesEvent) -> Void
  ) throws -> Outcome {
    tell(.began("accuracy on \(NumberText.count(dataset.count, "sample"))"))
    let right = try passes.map { try Self.isRight($0) }
    let both = (0..<dataset.count).filter { sample in right.allSatisfy { $0[sample] } }
    let samples = Array(both.prefix(count))
    guard !samples.isEmpty else {
      throw CSGError.configuration(
        "--count", "no sample of \(dataset.folder) is told rightly by both nets",
        remedy: "look at csg-dist evaluate: are data and normalisation the nets'?")
    }
    if samples.count < count {
      warn("both nets are right on \(NumberText.count(samples.count, "sample")) only")
    }

    var found: [[DefenceMetrics.OfAttack]] = []
    for (number, run) in runs.enumerated() {
      let subject = AttackSubject.allCases[number]
      var ofNet: [DefenceMetrics.OfAttack] = []
      for row in rows {
        let path = folder.attack(subject, row.name)
        let attack = AttackRun(
          row.attack, aim: .untargeted,
          selection: .given(samples, name: "the first \(count) that both are right on"),
          samples: samples, seed: seed, run: run, passes: passes[number], level: level,
          output: path)
        if try !RunRecord.isThere(attack.agreements, at: path, communicator) {
          tell(
            .began(
              "\(subject.rawValue): \(row.name) on \(NumberText.count(samples.count, "sample"))"))
          let outcome = try attack.run(isStopRequested: isStopRequested) { tell(.attack($0)) }
          if case .stopped = outcome { return .stopped }
        }
        try communicator.onRoot {
          let file = try AttackReader(
            path, values: extent.channels * extent.height * extent.width)
          guard file.samples.map(Int.init) == samples else {
            throw CSGError.data(path, "is of other samples", remedy: "remove it")
          }
          ofNet.append(try DefenceMetrics.OfAttack(file, hasNoise: row.attack.radius != nil))
        }
      }
      found.append(ofNet)
    }
    guard communicator.isRoot else { return .finished(nil) }
    return .finished(
      DefenceMetrics(
        dataset: dataset, right: right, samples: samples, asked: count, seed: seed, rows: rows,
        runs: runs, found: found))
  }

  /// Which samples a net is right on, in order. Collective.
  private static func isRight(_ passes: SplitPasses) throws -> [Bool] {
    var mine: [UInt8] = []
    try passes.forEachPart { samples, labels in
      let predictions = passes.network.predictedClasses(count: samples.count) { _ in nil }
      mine += zip(predictions, labels).map { $0 == $1 ? 1 : 0 }
    }
    return try passes.gather(mine).map { $0 == 1 }
  }
}

/// Where the parts of a defence lie.
package struct DefenceFolder: Sendable {
  /// `OUTPUT`.
  package let path: String

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  /// The file of an attack.
  package func attack(_ subject: AttackSubject, _ row: String) -> String {
    "\(path)/attacks/\(subject.rawValue)-\(row).h5"
  }
}
