import Core
import Foundation
import TestSupport
import Testing

import Attacks

/// What is left of a run that was killed.
@Suite struct AttackJournalTests {
  private let folder: TemporaryFolder
  private let run = [Agreement("--seed", "3"), Agreement("the data", "abc")]

  init() throws { folder = try TemporaryFolder() }

  private var path: String { folder("a.h5") }

  private func journal(_ run: [Agreement]? = nil) throws -> AttackJournal {
    try AttackJournal(of: path, run: run ?? self.run) { [4, 4, 2][min($0, 2)] }
  }

  /// Cut anywhere, it goes on after the last whole block.
  @Test func whatWasCutIsLeftOut() throws {
    var ends: [Int] = []
    do {
      let journal = try journal()
      #expect(journal.count == 0)
      for block in [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]] as [[UInt8]] {
        try journal.append(block: block)
        ends.append(try #require(try FileSystem.size(of: journal.path)))
      }
    }
    let whole = try #require(try FileSystem.contents(of: "\(path).partial"))
    for length in stride(from: whole.count, through: 0, by: -1) {
      try Data(whole[..<length]).write(to: URL(fileURLWithPath: "\(path).partial"))
      if (1..<16).contains(length) { continue }  // less than the file's name for itself: below
      let count = ends.count { $0 <= length }
      do {
        let journal = try journal()
        #expect(journal.count == count, "\(length) bytes")
        if count > 1 { #expect(try journal.block(1) == [5, 6, 7, 8]) }
        try journal.append(block: count >= 2 ? [7, 7] : [7, 7, 7, 7])
      }
      #expect(try journal().count == count + 1)
    }
  }

  @Test func aDamagedBlockIsLeftOut() throws {
    do {
      let journal = try journal()
      try journal.append(block: [1, 2, 3, 4])
      try journal.append(block: [5, 6, 7, 8])
    }
    var bytes = try #require(try FileSystem.contents(of: "\(path).partial"))
    bytes[bytes.count - 1] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path).partial"))
    #expect(try journal().count == 1)
  }

  private func expectError(
    _ code: ExitCode, _ words: String..., in body: () throws -> Void
  ) {
    do {
      try body()
      Issue.record("no error")
    } catch let error as CSGError {
      #expect(error.exitCode == code)
      for word in words { #expect(error.description.contains(word), "\(error)") }
    } catch { Issue.record("\(error)") }
  }

  @Test func anotherRunIsRefused() throws {
    _ = try journal()
    expectError(.configuration, "--seed is 3 there, 4 here") {
      _ = try journal([Agreement("--seed", "4"), Agreement("the data", "abc")])
    }
    expectError(.configuration, "other settings") { _ = try journal([Agreement("--seed", "3")]) }
  }

  @Test func oneProcessHasIt() throws {
    let first = try journal()
    expectError(.cannotCreate, "another process") { _ = try journal() }
    try first.append(block: [1, 2, 3, 4])
  }

  @Test func whatIsForeignIsLeftAlone() throws {
    try folder.write("a.h5.partial", "a file of someone else's, to be kept")
    expectError(.data, "is not what csg-dist attack leaves") { _ = try journal() }
    try FileManager.default.createDirectory(
      atPath: folder("b.h5.partial"), withIntermediateDirectories: false)
    expectError(.cannotCreate, "is no file") {
      _ = try AttackJournal(of: folder("b.h5"), run: run) { _ in 1 }
    }
  }

  @Test func aSampleSurvives() throws {
    var sample = AttackedSample(sample: 70_000, label: 3, original: [0, 255, 128, 64])
    #expect(sample.picture == [0, 1, Float(128) / 255, Float(64) / 255] && sample.target == -1)
    (sample.logits, sample.logitsAfter) = ([1, -0.0, 2], [3, 4, .pi])
    (sample.logitsRounded, sample.picture) = ([5, 6, -7], [0, 1, 0.5, 0.25])
    for flag in [
      \AttackedSample.wasCorrect, \.wasAttacked, \.isSuccess, \.isRoundedSuccess, \.hasNoise,
      \.isNoiseSuccess, \.sawNoGradient, \.isOutside,
    ] {
      sample[keyPath: flag] = true
      (sample.queries, sample.l0, sample.l2, sample.linf) = (1 << 40, 4, 0.1, 1e-300)
      let bytes = sample.bytes
      #expect(bytes.count == AttackedSample.byteCount(classes: 3, values: 4))
      #expect(AttackedSample(bytes: bytes[...], classes: 3, values: 4) == sample)
      sample[keyPath: flag] = false
    }
  }

  @Test func distancesAreCounted() {
    let change = Change(from: [0, 0, 0.5, 1, 1, 1], to: [0, 0.25, 0.5, 1, 0.5, 1], channels: 2)
    #expect(change.l0 == 1 && change.linf == 0.5 && change.l2 == 0.3125.squareRoot())
    #expect(AttackedSample.rounded([0, 1, 0.5, 0.0019, 0.002]) == [0, 255, 128, 0, 1])
  }
}
