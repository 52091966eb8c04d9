import Foundation
import TestSupport
import Testing

/// SIGTERM and SIGINT while nobody takes steps.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct StopSignalTests {
  private static let numbers = ["SIGTERM": SIGTERM, "SIGINT": SIGINT]

  /// As it opens the first of its files.
  @Test(arguments: [
    ("SIGTERM", ["evaluate", "trained", "--data", "data"]),
    ("SIGINT", ["evaluate", "trained", "--data", "data"]),
    ("SIGTERM", ["analyze", "trained", "--data", "data", "--output", "analysis"]),
    ("SIGTERM", ["localize", "trained", "--data", "data", "--output", "looks"]),
    ("SIGTERM", ["inspect", "trained"]),
    ("SIGINT", ["attack", "trained", "--data", "data", "--output", "a.h5", "--method", "fgsm"]),
  ])
  func endsWithAClosingLine(_ signal: String, _ arguments: [String]) throws {
    try expectEnd(signal, arguments, in: FaultyCommand.analyze.folder(), at: "open trained/")
  }

  /// What is asked to keep nothing has nothing to wait for.
  @Test(arguments: ["SIGTERM", "SIGINT"]) func endsADryRun(_ signal: String) throws {
    try expectEnd(
      signal, ["train", "run.yaml", "--dry-run"], in: FaultyCommand.train([]).folder(),
      at: "open data/")
  }

  /// A configuration that never comes: no step is ever taken that would see the signal.
  @Test(
    .enabled(if: !Sanitizer.defersSignals, "SKIPPED: a sanitizer of threads keeps the signal back"))
  func aNotedSignalThatNobodySeesEndsTheRun() throws {
    let folder = try FaultyCommand.train([]).folder()
    #expect(mkfifo(folder("never.yaml"), 0o600) == 0)
    try expectEnd("SIGTERM", ["train", "never.yaml"], in: folder, at: "open never.yaml")
  }

  /// Under mpirun, which ends all ranks with one, the one that was signalled alone says so.
  @Test func theRankThatWasSignalledSpeaks() throws {
    for rank in 0..<2 {
      let finished = try FaultLibrary.run(
        ["evaluate", "trained", "--data", "data"], in: FaultyCommand.analyze.folder(),
        fault: Fault(match: "open trained/", number: 1, deed: "SIGTERM"), ranks: 2, rank: rank
      ).finished
      #expect(finished.status != 0)
      #expect(
        finished.errors.components(separatedBy: "ended by SIGTERM").count == 2,
        "\(finished.errors)")
    }
  }

  private func expectEnd(
    _ signal: String, _ arguments: [String], in folder: TemporaryFolder, at match: String,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let fault = Fault(match: match, number: 1, deed: signal)
    let (finished, calls) = try FaultLibrary.run(arguments, in: folder, fault: fault)
    let number = try #require(Self.numbers[signal])
    #expect(calls.count > 0, sourceLocation: location)
    #expect(
      finished.status == 128 + number
        && finished.lastErrorLine.contains("csg-dist: error: ended by \(signal)"),
      "\(finished.status): \(finished.errors)", sourceLocation: location)
  }
}
