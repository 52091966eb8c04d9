import Core
import Datasets
import Foundation
import Inference
import Kernels
import Network
import Storage

/// Attacks samples of a split over all ranks, and writes what came of it.
///
/// Blocks of the attack's size in the order of samples are shared out, block b to rank b mod P, a round
/// of P at a time; rank 0 keeps each round in the journal. The file is written at the end from the
/// journal alone, so that neither ranks nor interruptions show in it.
package struct AttackRun {
  /// How it ended.
  package enum Outcome: Sendable {
    /// The file is there; on rank 0, what it comes to.
    case finished(AttackSummary?)
    /// A signal said stop: the journal holds so many samples.
    case stopped(done: Int)
  }

  /// What a run tells as it goes on, on rank 0.
  package enum Event: Sendable {
    /// So many samples were found done by an earlier process; all that there are.
    case began(done: Int, of: Int)
    /// So many are done; how many of them were attacked, and fooled the net.
    case progress(done: Int, of: Int, attacked: Int, successes: Int)
  }

  private let passes: SplitPasses
  private let block: AttackedBlock
  private let samples: [Int]
  private let description: AttackDescription
  private let output: String

  /// An attack on these samples of the passes' split, whose network was planned with `reachesImage`.
  package init(
    _ attack: any Attack, aim: AttackAim, selection: AttackSelection, samples: [Int], seed: UInt64,
    run: CheckpointedRun, passes: SplitPasses, level: CPULevel, output: String
  ) {
    self.passes = passes
    self.samples = samples
    self.output = output
    block = AttackedBlock(
      passes: passes, net: PictureNet(network: passes.network, normalizer: passes.normalizer),
      attack: attack, aim: aim, seed: seed)
    description = AttackDescription(
      attack, aim: aim, selection: selection, samples: samples, seed: seed, run: run,
      passes: passes, level: level)
  }

  /// What its result depends on, by name; and of that what the samples, the net and its arithmetic are.
  package var agreements: [Agreement] { description.agreements }
  /// The same of every attack on these samples.
  package var subject: [Agreement] { description.subject }

  private func block(_ number: Int) -> ArraySlice<Int> {
    let size = block.attack.blockSize
    return samples[min(number * size, samples.count)..<min((number + 1) * size, samples.count)]
  }

  private var sampleBytes: Int {
    AttackedSample.byteCount(classes: block.net.classes, values: block.net.pictureCount)
  }

  /// The end that it came to before, where its file is there, of the same run and whole, and none goes on;
  /// nil where there is something to do. Collective.
  /// - Throws: `CSGError` where files cannot be looked for.
  package func found() throws -> Outcome? {
    var summary: AttackSummary?
    let communicator = passes.communicator
    try communicator.onRoot {
      guard try !FileSystem.exists(AttackJournal.path(of: output)) else { return }
      do {
        guard try RunRecord.isThere(agreements, at: output) else { return }
        summary = try AttackReader(output, values: block.net.pictureCount).summary()
      } catch let error as CSGError where error.exitCode == .configuration || error.isDamage {
        // Another's, or damaged: it is written anew.
      }
    }
    let isThere = try communicator.broadcast("\(summary != nil)") == "true"
    return isThere ? .finished(summary) : nil
  }

  /// Runs it to its end, or until a rank's `isStopRequested` says so. Collective.
  /// - Throws: `CSGError`; what was done is in the journal.
  package func run(isStopRequested: () -> Bool, tell: (Event) -> Void) throws -> Outcome {
    let communicator = passes.communicator
    var journal: AttackJournal?  // rank 0's
    var tally = AttackTally()
    try communicator.onRoot {
      try AttackFile.requireWritable(output)
      let opened = try AttackJournal(of: output, run: description.agreements) {
        block($0).count * sampleBytes
      }
      for number in 0..<opened.count { try tally.add(decoded(opened.block(number))) }
      journal = opened
      tell(.began(done: tally.samples, of: samples.count))
    }
    var next = Int(try communicator.broadcast("\(journal?.count ?? 0)")) ?? 0
    while !block(next).isEmpty {
      var mine: [UInt8] = [isStopRequested() ? 1 : 0]
      let stops = try communicator.gather(mine).contains { $0[0] == 1 }
      if stops { return .stopped(done: min(next * block.attack.blockSize, samples.count)) }
      mine = []
      communicator.enter(.attackBlock, next + communicator.rank)
      try communicator.together {
        mine = try block.attacked(Array(block(next + communicator.rank))).flatMap(\.bytes)
      }
      let round = try communicator.gather(mine)
      try communicator.onRoot {
        for bytes in round where !bytes.isEmpty {
          try journal?.append(block: bytes)
          try tally.add(decoded(bytes))
        }
        tell(
          .progress(
            done: tally.samples, of: samples.count, attacked: tally.attacked,
            successes: tally.successes))
      }
      next += communicator.size
    }
    var summary: AttackSummary?
    try communicator.onRoot {
      guard let journal else { return }
      let made = AttackSummary(tally, description)
      try AttackFile.write(
        to: output, description, made,
        extent: (block.net.channels, block.net.height, block.net.width)
      ) { body in
        for number in 0..<journal.count { try decoded(journal.block(number)).forEach(body) }
      }
      try journal.remove()
      summary = made
    }
    return .finished(summary)
  }

  private func decoded(_ bytes: [UInt8]) throws -> [AttackedSample] {
    stride(from: 0, to: bytes.count, by: sampleBytes).map {
      AttackedSample(
        bytes: bytes[$0..<$0 + sampleBytes], classes: block.net.classes,
        values: block.net.pictureCount)
    }
  }
}
