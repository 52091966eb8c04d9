import Foundation

/// A finished program.
public struct Finished: Sendable {
  /// Exit status (128 + signal where a signal ended it).
  public let status: Int32
  /// What it wrote.
  public let output: String, errors: String

  /// The last line on stderr.
  public var lastErrorLine: String {
    errors.split(separator: "\n").last.map(String.init) ?? ""
  }
}

/// A started program.
public final class Program {
  private let process = Process()
  private let outputFile: String, errorFile: String
  private let folder: TemporaryFolder

  /// Starts `csg-dist` in `directory`, under mpirun with so many ranks, or without for nil.
  public convenience init(
    _ arguments: [String], ranks: Int? = nil, in directory: String,
    environment: [String: String] = [:]
  ) throws {
    var command = [Places.program] + arguments
    var all = environment
    if let ranks {
      command =
        ["mpirun", "--quiet", "--oversubscribe", "--bind-to", "none", "-n", "\(ranks)"] + command
      if getuid() == 0 {
        all["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        all["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
      }
    }
    try self.init(command: command, in: directory, environment: all)
  }

  /// Starts a command that is found in PATH.
  public init(command: [String], in directory: String, environment: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    outputFile = try folder.write("out", "")
    errorFile = try folder.write("err", "")
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle(forWritingAtPath: outputFile)
    process.standardError = FileHandle(forWritingAtPath: errorFile)
    process.standardInput = FileHandle.nullDevice
    // Threads of a test runner block signals, and a child would inherit that.
    var wanted = sigset_t()
    var before = sigset_t()
    sigemptyset(&wanted)
    for signal in [SIGUSR1, SIGTERM] { sigaddset(&wanted, signal) }
    pthread_sigmask(Int32(SIG_UNBLOCK), &wanted, &before)
    defer { pthread_sigmask(Int32(SIG_SETMASK), &before, nil) }
    try process.run()
  }

  /// The process that was started.
  public var identifier: Int32 { process.processIdentifier }

  /// What it wrote to stderr so far.
  public var errorsSoFar: String {
    FileManager.default.contents(atPath: errorFile).map { String(decoding: $0, as: UTF8.self) }
      ?? ""
  }

  /// Waits until stderr contains `text`; false if the program ends, or 60 s pass, before it does.
  public func waitForError(containing text: String) -> Bool {
    let end = Date().addingTimeInterval(60)
    while Date() < end {
      if errorsSoFar.contains(text) { return true }
      if !process.isRunning { return errorsSoFar.contains(text) }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return false
  }

  /// Sends a signal to the program.
  public func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// The program's children: the ranks of an mpirun.
  public func children() throws -> [Int32] {
    let path = "/proc/\(identifier)/task/\(identifier)/children"
    let text = FileManager.default.contents(atPath: path).map {
      String(decoding: $0, as: UTF8.self)
    }
    return (text ?? "").split(separator: " ").compactMap { Int32($0) }
  }

  /// Waits for its end.
  public func finish() -> Finished {
    process.waitUntilExit()
    func text(_ path: String) -> String {
      FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    let status = process.terminationStatus
    return Finished(
      status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
      output: text(outputFile), errors: text(errorFile))
  }

  /// Runs `csg-dist` to its end.
  public static func run(
    _ arguments: [String], ranks: Int? = nil, in directory: String,
    environment: [String: String] = [:]
  ) throws -> Finished {
    try Program(arguments, ranks: ranks, in: directory, environment: environment).finish()
  }
}
