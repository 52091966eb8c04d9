import Core
import Foundation
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
      try other.open(at: 0, configuration: "other", overwrite: false)
      try other.save(checkpoint(7), keep: 3, keeping: nil)
    }
    expectRefused("exists") { try late.open(at: 0, configuration: "late", overwrite: false) }
    #expect(try directory.checkpointSteps() == [7])
    #expect(try String(contentsOfFile: directory.configuration, encoding: .utf8) == "other")
  }

  @Test(arguments: [false, true]) func aDirectoryThatWasMadeAnewIsAnothers(_ isRemade: Bool) throws
  {
    let first = keeper()
    try first.open(at: 0, configuration: "first", overwrite: false)
    try first.save(checkpoint(1), keep: 3, keeping: nil)
    try FileManager.default.removeItem(atPath: directory.path)
    var second: RunKeeper?
    if isRemade {
      second = keeper()
      try second?.open(at: 0, configuration: "second", overwrite: false)
    }
    expectRefused("removed or made anew") { try first.save(checkpoint(2), keep: 3, keeping: nil) }
    #expect(try directory.checkpointSteps().isEmpty)
    try second?.save(checkpoint(5), keep: 3, keeping: nil)
    withExtendedLifetime(second) {}
  }

  @Test func aStartPutsInOrderWhatAKillLeft() throws {
    do {
      let first = keeper()
      try first.open(at: 0, configuration: "first", overwrite: false)
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
}
