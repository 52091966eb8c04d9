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
        + (command.hasPrefix("train") ? ["--set", "lockstep.timeout_seconds=3"] : []),
      in: folder, fault: Fault(match: call, number: 1, deed: "SIGSTOP"), ranks: 2, rank: 1,
      environment: ["CSG_TIMEOUT_SECONDS": "3"]
    ).finished
    #expect(finished.status != 0)
    #expect(
      finished.errors.contains(#/csg-dist: error: rank 0 waited more than 3 s in MPI_/#),
      "\(finished.errors)")
    // Once the ranks have met, the one that does not come is named.
    let name = command.prefix { $0 != " " }
    #expect(
      finished.errors.contains(": rank 1 hangs (stopped by a signal at the work of \(name)")
        || call == "open run.yaml" && finished.errors.contains(": another rank hangs,"),
      "\(finished.errors)")
  }

  /// A disk that does not answer, as the thread that saves a single process's step 2 creates the file. Within HDF5 it
  /// keeps the others from reading as well: the next batch, or, where that was there, the test split; else the next
  /// save waits for it.
  @Test func aProcessThatCannotSaveNamesItself() throws {
    try expectStandstill(
      Fault(match: "create run/checkpoints/", number: 1, deed: "hang"), in: FaultyCommand.folder(),
      at: "step 3 (data_wait)", "the end of epoch 0 (evaluation)", "the checkpoint of step 3",
      step: 3)
  }

  /// The same as it waits for the only batch, which a thread of its own reads.
  @Test func aProcessThatCannotReadNamesItself() throws {
    let folder = try FaultyCommand.folder()
    let reads = "pread data/train/shard"
    let once = ["batch_size=1000", "epochs=1", "gate.schedule=standard"]
      .flatMap { ["--set", $0] }
    let (whole, calls) = try FaultLibrary.run(
      ["train", "run.yaml", "--output", "whole"] + once, in: folder, match: reads)
    #expect(whole.status == 0, "\(whole.errors)")
    let file = try expectStandstill(
      Fault(match: reads, number: calls.count, deed: "hang"), once, in: folder,
      at: "step 1 (data_wait)", step: 1)
    let batch = file.events.last { $0.thread == "prefetch 0" }
    #expect(batch?.phase == "batch" && batch?.number == 1 && batch?.lengthNs == nil)
  }

  @discardableResult
  private func expectStandstill(
    _ fault: Fault, _ more: [String] = [], in folder: TemporaryFolder, at places: String...,
    step: Int
  ) throws -> StallFile {
    let finished = try FaultLibrary.run(
      ["train", "run.yaml", "--output", "run", "--set", "lockstep.timeout_seconds=2"] + more,
      in: folder, fault: fault
    ).finished
    #expect(finished.status == 1)
    let file = try StallFile(of: 0, in: folder("run"))
    let place = file.at.words
    #expect(file.step == step && places.contains { place.hasPrefix($0) }, "\(finished.errors)")
    #expect(
      finished.lastErrorLine.hasPrefix(
        "csg-dist: error: rank 0 has stood still for more than 2 s at \(place) "),
      "\(finished.errors)")
    #expect(file.ranks == 1 && file.waitsFor == nil)
    file.expectTold(afterSeconds: 2, patienceSeconds: 1)
    return file
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
