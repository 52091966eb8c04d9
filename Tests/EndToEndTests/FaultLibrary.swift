import Foundation
import TestSupport

/// One file-system call of a program fails, is its last, or comes as the program is signalled.
struct Fault: Sendable, CustomStringConvertible {
  /// Only calls whose kind and path contain this count; empty: all below the folder.
  var match = ""
  /// Which of them, from 1.
  let number: Int
  /// `EIO`, `ENOSPC`, `kill-before`, `kill-after`, `SIGTERM`, `SIGINT`, `SIGUSR1`, or `SIGSTOP` for a program that
  /// waits there; `hang` for a thread that waits there for ever, `wait` for one that waits until others have made
  /// `until`: `3 write run`, so many calls of which kind and path.
  let deed: String
  var until: String?
  /// Whether later calls of the same kind fail too, as on a disk that stays full.
  var isSticky = false

  var isKill: Bool { deed.hasPrefix("kill") }
  var description: String { "\(deed)\(isSticky ? " from" : " at") call \(number) of '\(match)'" }
}

/// `Tests/Faults/faults.c`, built and laid before the C library.
struct FaultLibrary: Sendable {
  /// A file-system call as the library logs it.
  struct Call: Sendable {
    /// `open`, `create`, `pwrite`, …, and the path relative to the folder.
    let kind: String, path: String

    var needsSpace: Bool {
      let kinds: Set = [
        "create", "mkdir", "write", "pwrite", "writev", "rename", "link", "symlink", "fsync",
        "fdatasync", "ftruncate",
      ]
      return kinds.contains(kind)
    }
  }

  private static let built = Result { try PreloadedLibrary("faults") }

  /// Runs `csg-dist` in a folder, whose calls there are counted and of which one has a fault; under
  /// mpirun only those of `rank`. A library that the environment names is laid behind this one.
  static func run(
    _ arguments: [String], in folder: TemporaryFolder, fault: Fault? = nil, match: String = "",
    ranks: Int? = nil, rank: Int? = nil, environment more: [String: String] = [:]
  ) throws -> (finished: Finished, calls: [Call]) {
    let place = try TemporaryFolder()
    var environment = try environment(folder, fault, match: match, rank: rank)
    environment["FAULTS_LOG"] = place("calls")
    let libraries = [environment["LD_PRELOAD"], more["LD_PRELOAD"]].compactMap { $0 }
    environment.merge(more) { $1 }
    environment["LD_PRELOAD"] = libraries.joined(separator: ":")
    let finished =
      ranks == nil
      ? try patiently(Program(arguments, in: folder.path, environment: environment))
      : try Program.run(arguments, ranks: ranks, in: folder.path, environment: environment)
    let log = FileManager.default.contents(atPath: place("calls")) ?? Data()
    let calls = String(decoding: log, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
      return Call(kind: parts[1], path: parts[2])
    }
    return (finished, calls)
  }

  /// Starts a command that runs `csg-dist` on ranks in a folder; of the calls there of rank 0 one has a fault.
  static func start(
    command: [String], in folder: TemporaryFolder, fault: Fault, terminal: Terminal? = nil
  ) throws -> Program {
    try Program(
      command: command, in: folder.path,
      environment: environment(folder, fault, match: "", rank: 0)
        .merging(["CSG_PROGRAM": Places.program]) { $1 }, terminal: terminal)
  }

  /// Starts `csg-dist` in a folder; of its calls there, or those of rank 0 under mpirun, one has a fault.
  static func start(
    _ arguments: [String], in folder: TemporaryFolder, fault: Fault, ranks: Int? = nil
  ) throws -> Program {
    try Program(
      arguments, ranks: ranks, in: folder.path,
      environment: environment(folder, fault, match: "", rank: ranks == nil ? nil : 0))
  }

  private static func environment(
    _ folder: TemporaryFolder, _ fault: Fault?, match: String, rank: Int?
  ) throws -> [String: String] {
    var environment = ["LD_PRELOAD": try built.get().path, "FAULTS_FOLDER": folder.path]
    let match = fault?.match ?? match
    if !match.isEmpty { environment["FAULTS_MATCH"] = match }
    if let fault {
      environment["FAULTS_AT"] = "\(fault.number)"
      environment["FAULTS_DO"] = fault.deed
      environment["FAULTS_UNTIL"] = fault.until
      if fault.isSticky { environment["FAULTS_STICKY"] = "1" }
    }
    if let rank { environment["FAULTS_RANK"] = "\(rank)" }
    return environment
  }

  /// Waits for a program that a fault may make hang, but not for ever.
  private static func patiently(_ program: Program) -> Finished {
    let identifier = program.identifier
    let end = DispatchWorkItem { kill(identifier, SIGABRT) }
    DispatchQueue.global().asyncAfter(deadline: .now() + patienceSeconds, execute: end)
    defer { end.cancel() }
    return program.finish()
  }

  private static let patienceSeconds = 120.0
}
