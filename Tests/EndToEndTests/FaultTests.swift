import Foundation
import TestSupport
import Testing

/// A bad disk, and a kill at any moment: what the program says it wrote is right, and what it did
/// not finish it finishes when it is run again. `Tests/Faults/campaign` tries every call.
@Suite(.enabled(if: FaultLibrary.compiler != nil, Comment(rawValue: FaultLibrary.noCompiler)))
struct FaultTests {
  /// Faults of a command that are tried in `aSampleOfCalls`.
  private static let trials = 16

  /// A fault at calls that are spread evenly over the run, so that each kind has its share.
  @Test(arguments: FaultyCommand.all) func aSampleOfCalls(_ command: FaultyCommand) throws {
    let whole = try command.folder()
    let (undisturbed, calls) = try FaultLibrary.run(command.arguments, in: whole)
    try #require(undisturbed.status == 0, "\(undisturbed.errors)")
    let expected = try command.result(whole)
    let faults = calls.enumerated().flatMap { i, call in
      (["EIO", "kill-before"] + (call.needsSpace ? ["ENOSPC"] : []))
        .map { Fault(number: i + 1, deed: $0) }
    }
    for i in 0..<Self.trials {
      try attempt(command, faults[(2 * i + 1) * faults.count / (2 * Self.trials)], expected)
    }
  }

  /// Runs a command with a fault, and again where it says that it failed: then the result is there.
  /// - Returns: the first run's exit status.
  @discardableResult
  private func attempt(
    _ command: FaultyCommand, _ fault: Fault, _ expected: [String: String],
    location: SourceLocation = #_sourceLocation
  ) throws -> Int32 {
    let folder = try command.folder()
    let (finished, calls) = try FaultLibrary.run(command.arguments, in: folder, fault: fault)
    let met = calls.count < fault.number ? nil : calls[fault.number - 1]
    let story = "\(fault), \(met.map { "\($0.kind) \($0.path)" } ?? "not met"): \(finished.errors)"
    let isKilled = finished.status == 128 + SIGKILL
    if finished.status != 0 {
      #expect(
        isKilled ? fault.isKill : (64...78).contains(finished.status), "\(story)",
        sourceLocation: location)
      let again = try Program.run(command.again, in: folder.path)
      #expect(command.accepts(again), "\(story)\nagain: \(again.errors)", sourceLocation: location)
    }
    let result = try command.result(folder)
    let others = expected.keys.sorted().filter { result[$0] != expected[$0] }
    #expect(
      others.isEmpty, "status \(finished.status): \(others.map { result[$0] ?? "" }): \(story)",
      sourceLocation: location)
    return finished.status
  }

  // MARK: The end of a file

  /// What a file is closed with is its index: without it nothing in the file is found.
  @Test(arguments: [FaultyCommand.import, .prepare], ["EIO", "ENOSPC"])
  func theLastWritesOfAFile(_ command: FaultyCommand, _ deed: String) throws {
    let (undisturbed, calls) = try FaultLibrary.run(
      command.arguments, in: try command.folder(), match: ".h5.")
    try #require(undisturbed.status == 0, "\(undisturbed.errors)")
    // Of each file the last four writes, and the close of what was written.
    var numbers: [Int] = []
    for path in Set(calls.map(\.path)) {
      let stages = calls.indices.filter { calls[$0].path == path }
      let writes = stages.filter { calls[$0].kind == "pwrite" }
      try #require(writes.count >= 4, "\(path)")
      let close = stages.first { $0 > writes[writes.count - 1] && calls[$0].kind == "close" }
      numbers += writes.suffix(4) + [try #require(close, "\(path)")]
    }
    for number in numbers.sorted() {
      let folder = try command.folder()
      let before = folder.listing()
      let fault = Fault(match: ".h5.", number: number + 1, deed: deed)
      let (finished, _) = try FaultLibrary.run(command.arguments, in: folder, fault: fault)
      let story = "\(fault), \(calls[number].kind) \(calls[number].path): \(finished.errors)"
      let new = folder.listing().count - before.count
      #expect(finished.status == 74 && new == 0, "\(new) new files: \(story)")
    }
  }

  // MARK: Names in checkpoints/

  /// Between a checkpoint's own name, `latest` and `best`; where the last is saved, nothing is left
  /// to do but the links.
  @Test(arguments: [[], ["--set", "epochs=1"]]) func aKillBetweenTheNames(_ sets: [String]) throws {
    let command = FaultyCommand.train(sets)
    let whole = try command.folder()
    let match = "rename run/checkpoints/"
    let (undisturbed, calls) = try FaultLibrary.run(command.arguments, in: whole, match: match)
    try #require(undisturbed.status == 0, "\(undisturbed.errors)")
    let bests = calls.filter { $0.path == "run/checkpoints/best" }.count
    try #require(bests == (sets.isEmpty ? 2 : 1), "each epoch is to be the best: try other seeds")
    let expected = try command.result(whole)
    for number in 1...calls.count {
      for deed in ["kill-before", "kill-after"] {
        let fault = Fault(match: match, number: number, deed: deed)
        #expect(try attempt(command, fault, expected) == 128 + SIGKILL)
      }
    }
  }

  /// `best` points at a checkpoint that `keep` alone would remove.
  @Test func theBestCheckpointStays() throws {
    let command = FaultyCommand.train(["--set", "checkpoint.keep=1", "--max-steps", "4"])
    let whole = try command.folder()
    let (undisturbed, calls) = try FaultLibrary.run(
      command.arguments, in: whole, match: "run/checkpoints")
    try #require(undisturbed.status == 0, "\(undisturbed.errors)")
    let expected = try command.result(whole)
    #expect(expected["best"] == "step-000000003.h5" && expected["latest"] == "step-000000004.h5")
    for (i, call) in calls.enumerated() where ["readlink", "stat", "readdir"].contains(call.kind) {
      let fault = Fault(match: "run/checkpoints", number: i + 1, deed: "EIO")
      try attempt(command, fault, expected)
    }
  }

  // MARK: Ranks

  /// One rank's disk ends the job, and with a status that is not 0.
  @Test func aFaultOfOneRank() throws {
    let command = FaultyCommand.train([])
    let whole = try command.folder()
    let (undisturbed, calls) = try FaultLibrary.run(
      command.arguments, in: whole, match: "pread data/train", ranks: 2, rank: 1)
    try #require(undisturbed.status == 0, "\(undisturbed.errors)")
    let expected = try command.result(whole)
    let folder = try command.folder()
    let fault = Fault(match: "pread data/train", number: calls.count - 1, deed: "EIO")
    let (finished, _) = try FaultLibrary.run(
      command.arguments, in: folder, fault: fault, ranks: 2, rank: 1)
    #expect([65, 74].contains(finished.status), "\(finished.errors)")
    #expect(finished.lastErrorLine.contains("data/train/shard-0000"), "\(finished.errors)")
    let again = try Program.run(command.again, ranks: 2, in: folder.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try command.result(folder) == expected)
  }
}
