import Core
import Foundation
import Inference
import Storage
import TestSupport
import Testing
import Training

/// Two jobs and one directory: what was looked at is looked at again under the lock, and the lock is
/// that of the directory which has the name.
@Suite struct RunKeeperTests {
  let folder: TemporaryFolder
  let directory: RunDirectory

  init() throws {
    folder = try TemporaryFolder()
    directory = RunDirectory(folder("run"))
  }

  private func checkpoint(_ step: Int) -> Checkpoint {
    var checkpoint = Checkpoint(
      architecture: "resnet8", classes: 2, channels: 1, parameters: [], buffers: [], gate: nil)
    checkpoint.step = step
    return checkpoint
  }

  private func keeper(_ warn: @escaping (String) -> Void = { _ in }) -> RunKeeper {
    RunKeeper(directory, warn: warn)
  }

  private func expectRefused(_ text: String, _ body: () throws -> Void) {
    let error = #expect(throws: CSGError.self) { try body() }
    #expect(error?.exitCode == .cannotCreate, "\(String(describing: error))")
    #expect(error?.message.contains(text) == true, "\(String(describing: error))")
  }

  @Test(arguments: [Trainer.Resume.never, .auto])
  func aRunThatCameBetweenTheLookAndTheLockIsLeftAlone(_ resume: Trainer.Resume) throws {
    let late = keeper()
    #expect(try late.origin(resume: resume, overwrite: false) == nil)
    do {
      let other = keeper()
      try other.open(from: nil, configuration: "other", overwrite: false)
      try other.save(checkpoint(7), keep: 3, keeping: nil)
    }
    expectRefused("exists") { try late.open(from: nil, configuration: "late", overwrite: false) }
    #expect(try directory.checkpointSteps() == [7])
    #expect(try String(contentsOfFile: directory.configuration, encoding: .utf8) == "other")
  }

  @Test(arguments: [false, true]) func aDirectoryThatWasMadeAnewIsAnothers(_ isRemade: Bool) throws
  {
    let first = keeper()
    try first.open(from: nil, configuration: "first", overwrite: false)
    try first.save(checkpoint(1), keep: 3, keeping: nil)
    try FileManager.default.removeItem(atPath: directory.path)
    var second: RunKeeper?
    if isRemade {
      second = keeper()
      try second?.open(from: nil, configuration: "second", overwrite: false)
    }
    expectRefused("removed or made anew") { try first.save(checkpoint(2), keep: 3, keeping: nil) }
    #expect(try directory.checkpointSteps().isEmpty)
    try second?.save(checkpoint(5), keep: 3, keeping: nil)
    withExtendedLifetime(second) {}
  }

  @Test func aStartPutsInOrderWhatAKillLeft() throws {
    do {
      let first = keeper()
      try first.open(from: nil, configuration: "first", overwrite: false)
      for step in 1...2 { try first.save(checkpoint(step), keep: 9, keeping: nil) }
    }
    try checkpoint(3).write(to: directory.checkpoint(step: 3))
    try folder.write("run/checkpoints/.latest.7.partial", "")
    try folder.write("run/checkpoints/step-5.h5", "")
    var warnings: [String] = []
    let origin = try keeper { warnings.append($0) }.origin(resume: .auto, overwrite: false)
    #expect(origin == directory.checkpoint(step: 3))
    let latest = try FileManager.default.destinationOfSymbolicLink(atPath: directory.latest)
    #expect(latest == "step-000000003.h5")
    #expect(warnings.count == 1 && warnings[0].contains("step-5.h5 is no checkpoint"))
    #expect(!folder.listing().contains { $0.contains(".partial") })
  }

  @Test func aFileThatIsGivenIsTakenThoughNoneOfTheRunsIsWhole() throws {
    try directory.create(overwrite: false)
    try folder.write("run/checkpoints/step-000000003.h5", "rubbish")
    try checkpoint(1).write(to: folder("other.h5"))
    let origin = try keeper().origin(resume: .file(folder("other.h5")), overwrite: false)
    #expect(origin == folder("other.h5"))
    #expect(throws: CSGError.self) { try keeper().origin(resume: .auto, overwrite: false) }
  }

  /// Another run's checkpoint of the same step is no start for this one.
  @Test func aCheckpointFromElsewhereBecomesTheDirectorysOwn() throws {
    do {
      let old = keeper()
      try old.open(from: nil, configuration: "old", overwrite: false)
      for step in 1...3 { try old.save(checkpoint(step), keep: 9, keeping: nil) }
      try folder.write("run/metrics.jsonl", "{\"kind\":\"step\",\"step\":1}\n")
    }
    var other = checkpoint(2)
    other.provenance = "of another run"
    try other.write(to: folder("other.h5"))
    var warnings: [String] = []
    let late = keeper { warnings.append($0) }
    #expect(
      try late.origin(resume: .file(folder("other.h5")), overwrite: false) == folder("other.h5"))
    try late.open(from: other, configuration: "late", overwrite: false)
    #expect(try directory.checkpointSteps() == [2])
    #expect(try Checkpoint(reading: directory.latest).provenance == "of another run")
    #expect(warnings.count == 1 && warnings[0].contains("set aside"), "\(warnings)")
    let aside = folder.listing().filter { $0.contains("/abandoned/") && $0.contains(".") }
    let steps = (1...3).map { "checkpoints/step-00000000\($0).h5" }
    #expect(aside == (steps + ["metrics.jsonl"]).map { "run/checkpoints/abandoned/\($0)" })
  }

  /// Between any two steps of the exchange a process may be killed: the next one goes on with it.
  @Test(arguments: [0, 1, 2, 3]) func anExchangeThatWasStoppedIsFinished(_ steps: Int) throws {
    let old = keeper()
    try old.open(from: nil, configuration: "old", overwrite: false)
    try old.save(checkpoint(9), keep: 9, keeping: nil)
    try folder.write("run/metrics.jsonl", "{\"kind\":\"step\",\"step\":1}\n")
    let incoming = folder("run/.incoming")
    try AtomicFile.createFolder(incoming)
    if steps > 0 { try checkpoint(2).write(to: "\(incoming)/step-000000002.h5") }
    if steps > 1 {
      try AtomicFile.createFolder("\(incoming)/abandoned")
      try FileManager.default.moveItem(
        atPath: directory.metrics, toPath: "\(incoming)/abandoned/metrics.jsonl")
    }
    if steps > 2 {
      try FileManager.default.moveItem(
        atPath: directory.checkpoints, toPath: "\(incoming)/abandoned/checkpoints")
    }
    withExtendedLifetime(old) {}
    try directory.finishAdoption()
    #expect(try directory.checkpointSteps() == (steps == 0 ? [9] : [2]))
    #expect(FileManager.default.fileExists(atPath: directory.metrics) == (steps == 0))
    #expect(!FileManager.default.fileExists(atPath: incoming))
    let whole = folder.listing().filter { $0.hasSuffix("step-000000009.h5") }
    #expect(whole.count == 1, "nothing is lost")
  }

  @Test func aCopyOfTheDirectorysOwnCheckpointSetsNothingAside() throws {
    let first = keeper()
    try first.open(from: nil, configuration: "first", overwrite: false)
    for step in 1...3 { try first.save(checkpoint(step), keep: 9, keeping: nil) }
    try first.open(from: checkpoint(2), configuration: "first", overwrite: false)
    #expect(try directory.checkpointSteps() == [2, 1])
  }

  /// An overwritten run is out of the way at once.
  @Test func aKillWhileOverwritingLeavesNoHalfOfARun() throws {
    try directory.create(overwrite: false)
    try folder.write("run/.overwritten/step-000000002.h5", "half removed")
    #expect(try keeper().origin(resume: .auto, overwrite: false) == nil)
    #expect(folder.listing() == ["run", "run/.lock", "run/checkpoints"])
  }
}
