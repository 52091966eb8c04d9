import Foundation
import Storage
import TestSupport
import Testing

/// Checkpoints that are written while steps go on, and what a run makes of one that cannot be.
///
/// Six steps, saves after 2, 3, 4 and 6.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct BackgroundSaveTests {
  private static let command = FaultyCommand.train([])
  private static let second = "step-000000002.h5"

  /// A run without faults, and what came of it.
  private static let undisturbed = Result {
    let folder = try command.folder()
    let finished = try Program.run(command.arguments, in: folder.path)
    try #require(finished.status == 0, "\(finished.errors)")
    return (folder: folder, result: try command.result(folder))
  }

  private func expectUndisturbed(
    _ folder: TemporaryFolder, but others: Set<String> = [],
    location: SourceLocation = #_sourceLocation
  ) throws {
    let (result, expected) = (try Self.command.result(folder), try Self.undisturbed.get().result)
    for (name, value) in expected where !others.contains(name) {
      #expect(result[name] == value, "\(name)", sourceLocation: location)
    }
  }

  private func unsaved(_ folder: TemporaryFolder) throws -> [Int] {
    try String(contentsOfFile: folder("run/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").compactMap { line in
        let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        guard record?["kind"] as? String == "unsaved" else { return nil }
        #expect((record?["reason"] as? String)?.contains("run/checkpoints/step-") == true)
        return record?["checkpoint"] as? Int
      }
  }

  // MARK: A slow disk

  /// Step 3's record and then, after the test split is read, its epoch's.
  private static let recorded = "4 write run/metrics.jsonl"

  /// As it is brought to the disk, or put in its place, the checkpoint of step 2 waits until step 3 is taken, evaluated
  /// and recorded: a run that waited for it would never end.
  @Test(arguments: ["fsync run/checkpoints/.\(second)", "rename run/checkpoints/\(second)"])
  func stepsGoOnWhileOneIsWritten(_ call: String) throws {
    for ranks in [nil, 2] {
      let folder = try Self.command.folder()
      let fault = Fault(
        match: call, number: 1, deed: "wait", until: Self.recorded)
      let (finished, calls) = try FaultLibrary.run(
        Self.command.arguments, in: folder, fault: fault, ranks: ranks,
        rank: ranks == nil ? nil : 0)
      #expect(finished.status == 0 && calls.count > 0, "\(finished.errors)")
      try expectUndisturbed(folder)
    }
  }

  /// Byte for byte what is written where the run waits for it, as it does for its last; but for the seconds since it
  /// began, which the digest covers.
  @Test func itHoldsWhatItHeldAtItsStep() throws {
    let (folder, waiting) = (try Self.command.folder(), try Self.command.folder())
    let fault = Fault(
      match: "rename run/checkpoints/\(Self.second)", number: 1, deed: "wait",
      until: Self.recorded)
    let (finished, _) = try FaultLibrary.run(
      Self.command.arguments + ["--set", "checkpoint.keep=9"], in: folder, fault: fault)
    #expect(finished.status == 0, "\(finished.errors)")
    let last = try Program.run(
      Self.command.arguments + ["--set", "checkpoint.keep=9", "--max-steps", "2"],
      in: waiting.path)
    #expect(last.status == 0, "\(last.errors)")
    let path = "run/checkpoints/\(Self.second)"
    let files = try [folder, waiting].map { try Data(contentsOf: URL(fileURLWithPath: $0(path))) }
    try #require(files[0].count == files[1].count)
    let different = zip(files[0], files[1]).count { $0 != $1 }
    let (seconds, digest, checksum) = (8, 32, 4)
    #expect(different <= seconds + digest + checksum, "\(different) of \(files[0].count) bytes")
    let checkpoints = try [folder, waiting].map { try Checkpoint(reading: $0(path)) }
    #expect(checkpoints[0].stateDigest == checkpoints[1].stateDigest)
  }

  // MARK: A disk that fails

  /// As step 2's is created, written, brought to the disk and put in its place.
  @Test(arguments: ["create", "pwrite", "fsync", "rename"], ["EIO", "ENOSPC", "\(EDQUOT)"])
  func aFailureEndsTheRun(_ kind: String, _ deed: String) throws {
    let place = kind == "rename" ? Self.second : ".\(Self.second)"
    for ranks in kind == "fsync" ? [nil, 2] : [nil] {
      let folder = try Self.command.folder()
      let fault = Fault(match: "\(kind) run/checkpoints/\(place)", number: 1, deed: deed)
      let (finished, _) = try FaultLibrary.run(
        Self.command.arguments, in: folder, fault: fault, ranks: ranks,
        rank: ranks == nil ? nil : 0)
      let line = finished.lastErrorLine
      #expect([73, 74].contains(finished.status), "\(finished.errors)")
      #expect(line.contains(Self.second), "\(finished.errors)")
      #expect(!finished.errors.contains("saved run/"), "\(finished.errors)")
      #expect(folder.listing().filter { $0.contains("step-") }.isEmpty, "\(folder.listing())")
      let again = try Program.run(Self.command.again, ranks: ranks, in: folder.path)
      #expect(again.status == 0, "\(again.errors)")
      try expectUndisturbed(folder)
    }
  }

  /// Where it only warns, the next one is saved, and the record says which is missing.
  @Test(arguments: [nil, 2] as [Int?]) func aWarningAndTheRunGoesOn(_ ranks: Int?) throws {
    let folder = try Self.command.folder()
    let fault = Fault(match: "pwrite run/checkpoints/", number: 1, deed: "ENOSPC")
    let (finished, _) = try FaultLibrary.run(
      Self.command.arguments + ["--set", "checkpoint.on_failure=warn"], in: folder, fault: fault,
      ranks: ranks, rank: ranks == nil ? nil : 0)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(
      finished.errors.contains(
        "warning: the checkpoint of step 2 was not saved, the run goes on: "),
      "\(finished.errors)")
    #expect(try unsaved(folder) == [2])
    try expectUndisturbed(folder, but: ["steps"])
    let inspected = try Program.run(["inspect", "run"], in: folder.path)
    #expect(inspected.status == 0, "\(inspected.errors)")
  }

  /// A disk that stays full: the last save fails too, and with it the run.
  @Test func theLastSaveHasToBeWritten() throws {
    let folder = try Self.command.folder()
    let sets = ["--set", "checkpoint.on_failure=warn"]
    let fault = Fault(match: "pwrite run/checkpoints/", number: 1, deed: "ENOSPC", isSticky: true)
    let (finished, _) = try FaultLibrary.run(
      Self.command.arguments + sets, in: folder, fault: fault)
    #expect(finished.status == 74, "\(finished.errors)")
    #expect(finished.lastErrorLine.contains("run/checkpoints/step-000000006.h5"))
    #expect(try unsaved(folder) == [2, 3, 4])
    let again = try Program.run(Self.command.again + sets, in: folder.path)
    #expect(again.status == 0, "\(again.errors)")
    try expectUndisturbed(folder)
  }

  // MARK: The end of a process

  /// Killed at each call by which a checkpoint comes to its place while steps go on, a run is resumed to the same bits.
  @Test(arguments: ["kill-before", "kill-after"]) func aKillAtEachCallOfASave(_ deed: String) throws
  {
    let match = "run/checkpoints/.\(Self.second)"
    let whole = try Self.command.folder()
    let calls = try FaultLibrary.run(
      Self.command.arguments + ["--max-steps", "3"], in: whole, match: match
    ).calls
    let last = ["create", "pwrite", "close", "fsync", "unlink", "stat"].compactMap { kind in
      calls.lastIndex { $0.kind == kind }
    }
    let first = ["create", "pwrite", "pread"].compactMap { kind in
      calls.firstIndex { $0.kind == kind }
    }
    try #require(calls.count > 8)
    for number in Set(first + last) {
      let folder = try Self.command.folder()
      let fault = Fault(match: match, number: number + 1, deed: deed)
      let killed = try FaultLibrary.run(Self.command.arguments, in: folder, fault: fault).finished
      #expect(killed.status == 128 + SIGKILL, "\(calls[number]): \(killed.errors)")
      let again = try Program.run(Self.command.again, in: folder.path)
      #expect(again.status == 0, "\(calls[number]): \(again.errors)")
      try expectUndisturbed(folder)
    }
  }
}
