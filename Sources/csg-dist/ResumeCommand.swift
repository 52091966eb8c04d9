import Communicator
import Core
import Foundation

/// How a run is gone on with, as its user typed it.
enum ResumeCommand {
  /// What `launch/run` tells of itself, with the ranks: `launch/run 4`.
  private static let launchVariable = "CSG_LAUNCH"

  /// The command that started this process, with `--resume auto` in place of what it said of that.
  static var text: String {
    let arguments = CommandLine.arguments
    return (start(arguments) + resuming(arguments.dropFirst())).joined(separator: " ")
  }

  /// Arguments of `train` that go on, quoted for a shell.
  private static func resuming(_ arguments: ArraySlice<String>) -> [String] {
    var kept: [String] = []
    var isValueNext = false
    for argument in arguments {
      defer { isValueNext = argument == "--resume" }
      guard !isValueNext, argument != "--resume", argument != "--overwrite" else { continue }
      if !argument.hasPrefix("--resume=") { kept.append(quoted(argument)) }
    }
    return kept + ["--resume", "auto"]
  }

  /// The words up to our own arguments: the program, behind what starts its ranks.
  private static func start(_ arguments: [String]) -> [String] {
    let environment = ProcessInfo.processInfo.environment
    if let launch = environment[launchVariable] { return [launch] }
    guard Communicator.isLaunched(environment) else { return [quoted(arguments[0])] }
    // mpirun's own options, where it is the parent: on other hosts that is its daemon.
    let parent = words(ofProcess: getppid())
    let name = parent.first?.split(separator: "/").last
    if ["mpirun", "orterun", "mpiexec"].contains(name), parent.ends(with: arguments) {
      return parent.dropLast(arguments.count - 1).map(quoted)
    }
    let ranks = Launcher(environment).promised?.size ?? 1
    return ["mpirun", "-n", "\(ranks)", quoted(arguments[0])]
  }

  private static func words(ofProcess process: pid_t) -> [String] {
    let bytes =
      (try? FileSystem.contents(of: "/proc/\(process)/cmdline", allowingPipes: true)) ?? nil
    return (bytes ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A word as a shell takes it back.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "-_./=,:+@%".unicodeScalars.contains($0)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}

extension Array where Element == String {
  fileprivate func ends(with words: [String]) -> Bool {
    count >= words.count && Array(suffix(words.count)) == words
  }
}
