import Foundation

/// A finished program.
public struct Finished: Sendable {
  /// Exit status (128 + signal where a signal ended it).
  public let status: Int32
  /// What it wrote.
  public let output: String, errors: String
  /// Whether it was an mpirun that had to be killed long after its ranks had ended: its status tells
  /// nothing then.
  public let hungAfterItsRanks: Bool

  /// The last line on stderr.
  public var lastErrorLine: String {
    errors.split(separator: "\n").last.map(String.init) ?? ""
  }
}

/// A started program.
public final class Program {
  private let process = Process()
  private let isMPI: Bool
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
      command = Self.launcher(ranks: ranks) + command
      if getuid() == 0 {
        all["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        all["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
      }
    }
    try self.init(command: command, in: directory, environment: all)
  }

  /// What starts a program on so many ranks, which are bound to no core.
  public static func launcher(ranks: Int) -> [String] {
    ["mpirun", "--quiet", "--oversubscribe", "--bind-to", "none", "-n", "\(ranks)"]
  }

  /// Starts a command that is found in PATH.
  /// Its stderr goes to `terminal`, where one is given, which it can also be the controlling one of.
  public init(
    command: [String], in directory: String, environment: [String: String] = [:],
    terminal: Terminal? = nil
  ) throws {
    isMPI = command.first == "mpirun"
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
    if let terminal {
      process.standardError = terminal.end
      process.standardInput = terminal.end
    }
    // Threads of a test runner block signals, and a child would inherit that.
    var wanted = sigset_t()
    var before = sigset_t()
    sigemptyset(&wanted)
    for signal in [SIGUSR1, SIGTERM, SIGINT] { sigaddset(&wanted, signal) }
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

  /// The program's children, theirs, and so on.
  private func descendants() -> [Int32] {
    var all: [Int32] = []
    var next = [identifier]
    while let process = next.popLast() {
      let tasks =
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
      for task in tasks {
        let path = "/proc/\(process)/task/\(task)/children"
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        let found = String(decoding: bytes, as: UTF8.self).split(separator: " ")
          .compactMap { Int32($0) }
        all += found
        next += found
      }
    }
    return all
  }

  /// Waits until the program, or what it has started, is stopped (SIGSTOP).
  /// - Returns: the process; nil if the program ends, or 60 s pass, before that.
  public func stoppedProcess() throws -> Int32? {
    let end = Date().addingTimeInterval(60)
    while Date() < end, process.isRunning {
      for process in [identifier] + descendants()
      where Self.status(of: process, "State")?.hasPrefix("T") ?? false { return process }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return nil
  }

  /// Waits until a signal has reached a stopped process, and lets that go on.
  /// - Returns: false if 60 s pass before it comes.
  public static func resume(_ process: Int32, after signal: Int32) -> Bool {
    let end = Date().addingTimeInterval(60)
    while Date() < end {
      let pending = status(of: process, "ShdPnd").flatMap { UInt64($0, radix: 16) } ?? 0
      if pending >> UInt64(signal - 1) & 1 == 1 { return kill(process, SIGCONT) == 0 }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return false
  }

  /// A field of /proc/PROCESS/status.
  private static func status(of process: Int32, _ field: String) -> String? {
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("\(field):") }
    return line.map { $0.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces) }
  }

  /// Seconds that an mpirun may take to end after its ranks. Open MPI 4.1's can wait for ever: its
  /// PMIx server joins a thread that waits for a lock (`PMIx_server_finalize`).
  private static let patienceSeconds = 30.0

  /// Waits for its end.
  public func finish() -> Finished {
    var lonelySince: Date?
    var isHung = false
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.005)
      guard isMPI, (try? children())?.isEmpty ?? true else {
        lonelySince = nil
        continue
      }
      let since = lonelySince ?? Date()
      lonelySince = since
      if !isHung && Date().timeIntervalSince(since) > Self.patienceSeconds {
        isHung = true
        send(SIGKILL)
      }
    }
    process.waitUntilExit()
    func text(_ path: String) -> String {
      FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    let status = process.terminationStatus
    return Finished(
      status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
      output: text(outputFile), errors: text(errorFile), hungAfterItsRanks: isHung)
  }

  /// Runs `csg-dist` to its end; once more where an mpirun did not come to its own.
  public static func run(
    _ arguments: [String], ranks: Int? = nil, in directory: String,
    environment: [String: String] = [:]
  ) throws -> Finished {
    let finished = try Program(arguments, ranks: ranks, in: directory, environment: environment)
      .finish()
    guard finished.hungAfterItsRanks else { return finished }
    print("mpirun hung after its ranks had ended and was killed; once more: \(arguments)")
    return try Program(arguments, ranks: ranks, in: directory, environment: environment).finish()
  }
}
