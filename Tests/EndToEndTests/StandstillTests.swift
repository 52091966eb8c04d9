import Foundation
import TestSupport
import Testing

/// A rank that stands still, in any command and at any time, ends the job.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct StandstillTests {
  /// In the start before MPI has started, as it reads its configuration, and from a command's first file on.
  @Test(arguments: [
    ("train run.yaml --output run", "open run.yaml"),
    ("train run.yaml --output run", "open data/"),
    ("evaluate trained --data data", "open trained/"),
    ("evaluate trained --data data", "open data/test/shard"),
    ("analyze trained --data data --output analysis", "open data/"),
    ("localize trained --data data --output looks", "open data/"),
    ("attack trained --data data --output a.h5 --method fgsm", "open data/"),
    ("defend trained --baseline trained --data data --output defence", "open data/"),
    (
      "detect trained --data data --output detection --per-class 1 --test-per-class 1", "open data/"
    ),
  ])
  func endsTheJob(_ command: String, _ call: String) throws {
    let folder = try FaultyCommand.folder()
    let finished = try FaultLibrary.run(
      command.split(separator: " ").map(String.init)
        + (command.hasPrefix("train") ? ["--set", "lockstep.timeout_seconds=1"] : []),
      in: folder, fault: Fault(match: call, number: 1, deed: "SIGSTOP"), ranks: 2, rank: 1,
      environment: ["CSG_TIMEOUT_SECONDS": "1"]
    ).finished
    #expect(finished.status != 0)
    #expect(
      finished.errors.contains(#/csg-dist: error: rank 0 waited more than 1 s in MPI_/#),
      "\(finished.errors)")
  }

  @Test func aLimitThatIsNoNumberIsRefused() throws {
    let folder = try TemporaryFolder()
    for text in ["0", "soon"] {
      let finished = try Program.run(
        ["doctor"], in: folder.path, environment: ["CSG_TIMEOUT_SECONDS": text])
      #expect(finished.status == 64)
      #expect(finished.lastErrorLine.contains("CSG_TIMEOUT_SECONDS=\(text): "))
    }
  }
}
