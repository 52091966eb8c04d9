import Foundation
import TestSupport
import Testing

/// A shard that is not what `prepare` wrote is never learned from: a run that meets it ends, names
/// it, and saves nothing that depends on it. `Tests/Faults/damage` tries hundreds.
@Suite struct ShardDamageTests {
  enum Storage: String, Sendable { case raw, jpeg }

  struct Trial: Sendable, CustomTestStringConvertible {
    let storage: Storage, damage: ShardDamage, seed: UInt64
    /// Whether the run has taken steps by then.
    let isUnderWay: Bool

    var testDescription: String {
      "\(storage): \(damage) \(seed) \(isUnderWay ? "under way" : "before")"
    }
  }

  private static let trials = [Storage.raw, .jpeg].flatMap { storage in
    func some(_ damage: ShardDamage, _ count: UInt64, isUnderWay: Bool = false) -> [Trial] {
      (0..<count).map {
        Trial(storage: storage, damage: damage, seed: $0, isUnderWay: isUnderWay)
      }
    }
    return some(.zeroedSample, 1) + some(.zeroedLabels, 1) + some(.zeroedRun, 2) + some(.cut, 2)
      + some(.flippedBit, 2) + some(.zeroedSample, 1, isUnderWay: true)
      + some(.zeroedRun, 1, isUnderWay: true) + some(.cut, 1, isUnderWay: true)
  }

  /// Sound data, and the digest of each checkpoint of a run on them.
  private struct Sound: Sendable {
    let data: DamageableData, digests: [String: String]

    init(_ data: DamageableData) throws {
      self.data = data
      let finished = try Program.run(DamageableData.train, in: data.folder.path)
      try #require(finished.status == 0, "\(finished.errors)")
      digests = try ShardDamageTests.digests(data.folder, ShardDamageTests.checkpoints(data.folder))
    }
  }

  private static let raw = Result { try Sound(.raw()) }
  private static let jpeg = Result { try Sound(.jpeg()) }

  private static func checkpoints(_ folder: TemporaryFolder) -> [String] {
    folder.listing().filter { $0.hasPrefix("run/checkpoints/step-") && $0.hasSuffix(".h5") }
  }

  private static func digests(_ folder: TemporaryFolder, _ paths: [String]) throws
    -> [String: String]
  {
    try Dictionary(
      uniqueKeysWithValues: paths.map { path in
        let finished = try Program.run(["inspect", path, "--digest"], in: folder.path)
        return (path, finished.status == 0 ? finished.output : finished.errors)
      })
  }

  @Test(arguments: trials) func isNotLearnedFrom(_ trial: Trial) throws {
    let sound = try (trial.storage == .raw ? Self.raw : Self.jpeg).get()
    let data = try sound.data.copy()
    let folder = data.folder
    var program: Program?
    if trial.isUnderWay {
      let started = try Program(DamageableData.train, in: folder.path)
      try #require(started.waitForError(containing: "step 4 "))
      started.send(SIGSTOP)
      program = started
    }
    try data.damage(trial.damage, seed: trial.seed)
    program?.send(SIGCONT)
    let finished =
      try program?.finish() ?? Program.run(DamageableData.train, in: folder.path)

    if finished.status == 0 {
      #expect(!trial.damage.isMet || trial.isUnderWay, "not met: \(finished.errors)")
    } else {
      #expect([65, 74].contains(finished.status), "\(finished.errors)")
      #expect(finished.lastErrorLine.contains(data.shard), "\(finished.errors)")
    }
    // Each checkpoint holds what came before it, so the newest speaks for all.
    let newest = Self.checkpoints(folder).suffix(1)
    let digest = try Self.digests(folder, Array(newest))
    #expect(digest.allSatisfy { sound.digests[$0.key] == $0.value }, "learned from: \(digest)")

    // With the shard as it was, the run goes on as if nothing had been.
    try FileManager.default.removeItem(atPath: folder(data.shard))
    try FileManager.default.copyItem(
      atPath: sound.data.folder(data.shard), toPath: folder(data.shard))
    let resumed = try Program.run(DamageableData.train + ["--resume", "auto"], in: folder.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let last = try #require(sound.digests.keys.max())
    #expect(try Self.digests(folder, [last])[last] == sound.digests[last])
  }

  /// Places that only h5py knows: chunks and their checksums, indices, slack.
  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func damageAnywhere() throws {
    let python = try #require(Places.python)
    let folder = try TemporaryFolder()
    let finished = try Program(
      command: [python, "\(Places.root)/Tests/Faults/damage", "--program", Places.program]
        + ["--trials", "24"], in: folder.path, environment: ["PYTHONDONTWRITEBYTECODE": "1"]
    ).finish()
    #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
  }
}
