import Foundation
import TestSupport
import Testing

/// A bad disk, and a kill at any moment: what the program says it wrote is right, and what it did
/// not finish it finishes when it is run again. `Tests/Faults/campaign` tries every call.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct FaultTests {
  /// Faults that are tried at each of a command's places.
  private static let trials = 6

  /// A fault at calls that are spread evenly over the run, so that each kind has its share.
  @Test(arguments: FaultyCommand.all) func aSampleOfCalls(_ command: FaultyCommand) throws {
    for place in command.places {
      let (calls, expected) = try undisturbed(command, place)
      let faults = calls.enumerated().flatMap { i, call in
        (["EIO", "kill-before"] + (call.needsSpace ? ["ENOSPC"] : []))
          .map { Fault(match: place, number: i + 1, deed: $0) }
      }
      for i in 0..<Self.trials {
        try attempt(command, faults[(2 * i + 1) * faults.count / (2 * Self.trials)], expected)
      }
    }
  }

  /// From the middle on nothing more can be created, written, or put in place.
  @Test(arguments: FaultyCommand.all) func aDiskThatStaysFull(_ command: FaultyCommand) throws {
    for kind in ["create ", "pwrite ", "fsync ", "rename "] {
      let (calls, expected) = try undisturbed(command, kind)
      let fault = Fault(match: kind, number: (calls.count + 1) / 2, deed: "ENOSPC", isSticky: true)
      #expect(try attempt(command, fault, expected) != 0, "\(fault)")
    }
  }

  /// The calls of a run without faults, and its result.
  private func undisturbed(_ command: FaultyCommand, _ match: String) throws
    -> (calls: [FaultLibrary.Call], result: [String: String])
  {
    let folder = try command.folder()
    let (finished, calls) = try FaultLibrary.run(command.arguments, in: folder, match: match)
    try #require(finished.status == 0 && !calls.isEmpty, "\(match): \(finished.errors)")
    return (calls, try command.result(folder))
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
      let isCrash = finished.status > 128 && !(isKilled && fault.isKill)
      #expect(!isCrash, "\(story)", sourceLocation: location)
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
    let (calls, _) = try undisturbed(command, ".h5.")
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

  /// A close that fails ends the program, at most; HDF5 1.10 traps over files that it cannot close.
  @Test func anyCloseOfAnImport() throws {
    let command = FaultyCommand.import
    let (calls, expected) = try undisturbed(command, "close ")
    for number in 1...calls.count {
      try attempt(command, Fault(match: "close ", number: number, deed: "EIO"), expected)
    }
  }

  /// What the system would not tell of a file says nothing of what is in it.
  @Test func aLookThatFailsIsNoDamage() throws {
    let command = FaultyCommand.analyze
    let inspect = ["inspect", "trained/checkpoints/latest"]
    let match = "stat trained/checkpoints/"
    let folder = try command.folder()
    let (_, calls) = try FaultLibrary.run(inspect, in: folder, match: match)
    try #require(calls.count > 3)
    for number in 1...calls.count {
      let fault = Fault(match: match, number: number, deed: "EIO")
      let (finished, _) = try FaultLibrary.run(inspect, in: folder, fault: fault)
      #expect(finished.status == 74, "\(fault): \(finished.errors)")
    }
  }

  // MARK: What is no damage

  /// EIO, ENOMEM, EACCES, ENFILE, EMFILE and ESTALE say nothing of what is in a checkpoint: it is not passed
  /// over for an older one, nor called damaged.
  @Test func aFaultOfTheSystemIsNoDamageOfACheckpoint() throws {
    let command = FaultyCommand.train(["--max-steps", "4"])
    let folder = try command.folder()
    let first = try Program.run(command.arguments, in: folder.path)
    try #require(first.status == 0, "\(first.errors)")
    let newest = "run/checkpoints/step-000000004.h5"
    for error in [EIO, ENOMEM, EACCES, ENFILE, EMFILE, ESTALE] {
      for match in ["open \(newest)", "pread \(newest)", "stat \(newest)"] {
        let fault = Fault(match: match, number: 1, deed: "\(error)", isSticky: true)
        let (finished, _) = try FaultLibrary.run(command.again, in: folder, fault: fault)
        let line = finished.lastErrorLine
        #expect(finished.status == (error == EACCES ? 66 : 74), "\(fault): \(finished.errors)")
        #expect(line.contains(newest) && line.contains(String(cString: strerror(error))), "\(line)")
        let isLimit = error == EMFILE || error == ENFILE
        #expect(line.contains("ulimit -n") == isLimit, "\(line)")
        for word in ["damaged", "before it", "--overwrite"] {
          #expect(!finished.errors.contains(word), "\(fault): \(finished.errors)")
        }
      }
    }
  }

  // MARK: File systems that lack a call

  /// EPERM, ENOTSUP, ENOSYS: no symbolic links. The run is the same, and texts stand in for links.
  @Test(arguments: [EPERM, ENOTSUP, ENOSYS]) func aRunWithoutLinks(_ error: Int32) throws {
    let command = FaultyCommand.train([])
    let (_, expected) = try undisturbed(command, "symlink ")
    let fault = Fault(match: "symlink ", number: 1, deed: "\(error)", isSticky: true)
    let folder = try command.folder()
    for arguments in [command.arguments + ["--max-steps", "3"], command.again] {
      let (finished, _) = try FaultLibrary.run(arguments, in: folder, fault: fault)
      #expect(finished.status == 0, "\(finished.errors)")
      #expect(finished.errors.contains("has no symbolic links"), "\(finished.errors)")
    }
    #expect(try command.result(folder) == expected)
    let export = ["export", "run/checkpoints/latest", "--output", "w.safetensors"]
    #expect(try Program.run(export, in: folder.path).status == 0)
    // Where there are links again, they are made again.
    let more = command.again + ["--set", "epochs=3"]
    #expect(try Program.run(more, in: folder.path).status == 0)
    let latest = folder("run/checkpoints/latest")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: latest) == "step-000000009.h5")
  }

  /// A folder that cannot be synchronised is not one that cannot be written.
  @Test(arguments: [EINVAL, ENOTSUP, ENOSYS]) func aFolderWithoutSync(_ error: Int32) throws {
    for (command, match) in [
      (FaultyCommand.train([]), "fsync run/checkpoints$"), (.prepare, "fsync new$"),
    ] {
      let (_, expected) = try undisturbed(command, match)
      let folder = try command.folder()
      let fault = Fault(match: match, number: 1, deed: "\(error)", isSticky: true)
      let (finished, _) = try FaultLibrary.run(command.arguments, in: folder, fault: fault)
      #expect(finished.status == 0, "\(finished.errors)")
      #expect(try command.result(folder) == expected)
    }
  }

  // MARK: Limits

  /// The limit of a file's size is an error of the write, not a signal to die of.
  @Test(
    .enabled(if: !Sanitizer.countsMemory, "SKIPPED: a sanitizer writes a larger file"),
    arguments: FaultyCommand.all)
  func aFileLargerThanItsLimit(_ command: FaultyCommand) throws {
    let folder = try command.folder()
    let words = ([Places.program] + command.arguments).map { "'\($0)'" }.joined(separator: " ")
    let limited = try Program(
      command: ["bash", "-c", "ulimit -f 4; \(words)"], in: folder.path
    ).finish()
    #expect(limited.status == 74, "\(limited.errors)")
    #expect(limited.lastErrorLine.contains("ulimit -f"), "\(limited.errors)")
    #expect(!folder.listing().contains { $0.contains(".partial") })
  }

  // MARK: Names in checkpoints/

  /// Between a checkpoint's own name, `latest` and `best`; where the last is saved, nothing is left
  /// to do but the links.
  @Test(arguments: [[], ["--set", "epochs=1"]]) func aKillBetweenTheNames(_ sets: [String]) throws {
    let command = FaultyCommand.train(sets)
    let match = "rename run/checkpoints/"
    let (calls, expected) = try undisturbed(command, match)
    let bests = calls.filter { $0.path == "run/checkpoints/best" }.count
    try #require(bests == (sets.isEmpty ? 2 : 1), "each epoch is to be the best: try other seeds")
    for number in 1...calls.count {
      for deed in ["kill-before", "kill-after"] {
        let fault = Fault(match: match, number: number, deed: deed)
        #expect(try attempt(command, fault, expected) == 128 + SIGKILL)
      }
    }
  }

  /// `best` points at a checkpoint that `keep` alone would remove.
  @Test func theBestCheckpointStays() throws {
    let command = FaultyCommand.train(["--set", "checkpoint.keep=1", "--set", "seed=0"])
    let (calls, expected) = try undisturbed(command, "run/checkpoints")
    try #require(expected["best"] == "step-000000003.h5", "the first is to be best: another seed")
    // Every look at the link, and each fourth at what else is there.
    let looks = calls.indices.filter { calls[$0].kind == "readlink" }
    let others = calls.indices.filter { ["stat", "readdir"].contains(calls[$0].kind) }
    for i in looks + stride(from: 0, to: others.count, by: 4).map({ others[$0] }) {
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
