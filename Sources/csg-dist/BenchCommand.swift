import ArgumentParser

/// How fast the program is here.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.",
    subcommands: [BenchStep.self, BenchAllReduce.self, BenchData.self])
}

/// What all benchmarks understand.
struct BenchOptions: ParsableArguments {
  @Option(help: "Measure for at least so long.")
  var seconds = 10.0

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    guard (0.001...86_400).contains(seconds) else {
      throw ValidationError("--seconds takes 0.001 to 86400")
    }
  }

  static func milliseconds(_ seconds: Double) -> String {
    Progress.format(1000 * seconds, 2) + " ms"
  }
}
