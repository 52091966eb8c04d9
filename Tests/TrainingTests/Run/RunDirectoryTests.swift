import Core
import Events
import Foundation
import Inference
import Storage
import TestSupport
import Testing
import Training

@Suite struct RunDirectoryTests {
  let folder: TemporaryFolder
  let directory: RunDirectory

  init() throws {
    folder = try TemporaryFolder()
    directory = RunDirectory(folder("run"))
    try directory.create(overwrite: false)
  }

  /// A checkpoint at the end of epoch `step`, whose tests went as `accuracies` say, epoch by epoch.
  private func checkpoint(_ step: Int, _ accuracies: [Double] = []) -> Checkpoint {
    var checkpoint = Checkpoint(
      architecture: "resnet8", classes: 2, channels: 1,
      parameters: [NamedTensor(name: "w", shape: [2], values: [1, Float(step)])], buffers: [],
      gate: nil)
    checkpoint.step = step
    let rows = accuracies.indices.map(Double.init)
    for name in ["train_loss", "train_accuracy", "test_loss", "density", "seconds", "is_gated"] {
      checkpoint.history[name] = rows
    }
    checkpoint.history["epoch"] = rows
    checkpoint.history["step"] = rows.map { $0 + 1 }
    checkpoint.history["test_accuracy"] = accuracies
    checkpoint.history["under_way"] = [0, 0, 0, 0]
    return checkpoint
  }

  private func target(_ link: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: link)
  }

  @Test func keepsTheNewestAndTheBest() throws {
    let accuracies = [0.1, 0.6, 0.6, 0.2, 0.5]
    for step in 1...5 {
      try directory.save(checkpoint(step, Array(accuracies.prefix(step))), keep: 2)
    }
    #expect(try directory.checkpointSteps() == [5, 4, 2])
    #expect(try target(directory.latest) == "step-000000005.h5")
    #expect(try target(directory.best) == "step-000000002.h5")
    #expect(try Checkpoint(reading: directory.latest).step == 5)
  }

  @Test func takesTheNewestWholeCheckpointAndNamesTheDamaged() throws {
    for step in 1...3 { try directory.save(checkpoint(step), keep: 9) }
    try folder.write("run/checkpoints/step-000000003.h5", "rubbish")
    var warnings: [String] = []
    #expect(
      try directory.newestValid { warnings.append($0) }?.path == directory.checkpoint(step: 2))
    #expect(warnings.count == 1 && warnings[0].contains("step-000000003.h5"))
  }

  /// A file that a newer version wrote, or that another program has open, is no damaged one.
  @Test(arguments: [true, false]) func whatIsNotDamagedIsNotPassedOver(_ isNewer: Bool) throws {
    for step in 1...2 { try directory.save(checkpoint(step), keep: 9) }
    let newest = directory.checkpoint(step: 2)
    let file = try HDF5File(updating: newest)
    if isNewer {
      try file.replaceAttribute("version", by: 2)
      try file.close()
    } else {
      try FileManager.default.copyItem(atPath: newest, toPath: folder("marked"))
      try file.close()
      try FileManager.default.removeItem(atPath: newest)
      try FileManager.default.moveItem(atPath: folder("marked"), toPath: newest)
    }
    let error = #expect(throws: CSGError.self) {
      try directory.newestValid { Issue.record("passed over: \($0)") }
    }
    #expect(error?.message.hasPrefix(newest) == true && error?.isDamage == false)
    #expect(error?.exitCode == (isNewer ? .data : .noInput))
  }

  /// What a copy makes of links: files, nothing, or what stands in for them where there are none.
  @Test(arguments: ["files", "nothing", "texts"]) func aRunCopiedWithoutLinks(_ what: String) throws
  {
    let accuracies = [0.5, 0.9, 0.2, 0.1]
    for step in 1...3 {
      try directory.save(checkpoint(step, Array(accuracies.prefix(step))), keep: 1)
    }
    for (link, step) in [(directory.latest, 3), (directory.best, 2)] {
      try FileManager.default.removeItem(atPath: link)
      if what == "texts" {
        try Data("\(RunDirectory.name(step: step))\n".utf8).write(to: URL(fileURLWithPath: link))
      }
      guard what == "files" else { continue }
      try FileManager.default.copyItem(atPath: directory.checkpoint(step: step), toPath: link)
    }
    #expect(try RunDirectory.read(at: directory.path).checkpoint.step == 3)
    if what != "nothing" {
      #expect(try RunDirectory.read(at: directory.latest).checkpoint.step == 3)
      #expect(try RunDirectory.read(at: directory.best).checkpoint.step == 2)
    }
    let newest = try #require(try directory.newestValid { _ in })
    #expect(newest.content.step == 3)
    #expect(try directory.settleLinks(newest.content) == 2)
    try directory.save(checkpoint(4, accuracies), keep: 1)
    #expect(try directory.checkpointSteps() == [4, 2], "3 is pruned, the best stays")
    #expect(try RunDirectory.read(at: directory.latest).checkpoint.step == 4)
    #expect(try RunDirectory.read(at: directory.best).checkpoint.step == 2)
  }

  /// A text that leads nowhere goes as a link would; any other file is left alone.
  @Test func aTextThatLeadsNowhereGoes() throws {
    try folder.write("run/checkpoints/latest", "step-000000009.h5\n")
    try folder.write("run/checkpoints/best", "my notes")
    try directory.settleLinks(checkpoint(1))
    #expect(folder.listing() == ["run", "run/checkpoints", "run/checkpoints/best"])
  }

  @Test func noWholeCheckpointIsAnError() throws {
    #expect(try directory.newestValid { _ in } == nil, "no checkpoint")
    try folder.write("run/checkpoints/step-000000003.h5", "rubbish")
    #expect(throws: CSGError.self) { try directory.newestValid { _ in } }
  }

  @Test func rewindingSetsLaterCheckpointsAsideAndCutsLaterRecords() throws {
    for step in 1...3 { try directory.save(checkpoint(step), keep: 9) }
    let lines = (1...4).map { "{\"kind\":\"step\",\"step\":\($0)}\n" }
    try folder.write("run/metrics.jsonl", lines.joined() + "{\"kind\":\"step\",\"st")
    let cut = try directory.rewind(to: 2)
    #expect(cut.later == 2 && cut.unreadable == 1)
    #expect(cut.text == "metrics.jsonl: lines left out: 2 of later steps, 1 that cannot be read")
    #expect(try directory.checkpointSteps() == [2, 1])
    try directory.settleLinks(checkpoint(2))
    #expect(try target(directory.latest) == "step-000000002.h5")
    #expect(try String(contentsOfFile: directory.metrics, encoding: .utf8) == lines[0] + lines[1])
    let aside = "\(directory.checkpoints)/abandoned/step-000000003.h5"
    #expect(try Checkpoint(reading: aside).step == 3)
  }

  /// What was set aside before stays, unless it is the same.
  @Test func rewindingAgainLosesNothing() throws {
    let folder = "\(directory.checkpoints)/abandoned"
    for accuracy in [0.25, 0.5, 0.5] {
      try directory.save(checkpoint(2, [accuracy]), keep: 9)
      _ = try directory.rewind(to: 1)
    }
    let kept = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(kept == ["step-000000002-2.h5", "step-000000002.h5"])
    #expect(
      try kept.map { try Checkpoint(reading: "\(folder)/\($0)").history["test_accuracy"] }
        == [[0.5], [0.25]])
  }

  /// What a run leaves out since it went back to a checkpoint, it leaves out whenever it goes on from there, unless it
  /// is another run.
  @Test func rewindingKeepsRollbacksToWhereItGoes() throws {
    let lines = [(0, 9), (2, 4), (3, 4)].map { checkpoint, step in
      #"{"checkpoint":\#(checkpoint),"kind":"rollback","step":\#(step)}"# + "\n"
    }
    let unsaved = #"{"checkpoint":1,"kind":"unsaved","step":4}"# + "\n"
    try folder.write("run/metrics.jsonl", lines.joined() + unsaved)
    func text() throws -> String { try String(contentsOfFile: directory.metrics, encoding: .utf8) }
    #expect(try directory.rewind(to: 3).later == 1)
    #expect(try text() == lines.joined())
    #expect(try directory.rewind(to: 2).later == 1)
    #expect(try text() == lines[0] + lines[1])
    #expect(try directory.rewind(to: 0).later == 1)
    #expect(try text() == lines[0])
    #expect(try directory.rewind(to: 0, keepsRollbacks: false).later == 1)
    #expect(try text().isEmpty)
  }

  /// An epoch that a stopped run has yet to evaluate is recorded by whoever goes on, once.
  @Test func rewindingCutsTheRecordOfAnEpochThatIsClosedAgain() throws {
    let lines = [("step", 2), ("epoch", 2), ("step", 4), ("epoch", 4)].map { kind, step in
      #"{"kind":"\#(kind)","step":\#(step)}"# + "\n"
    }
    try folder.write("run/metrics.jsonl", lines.joined())
    func text() throws -> String { try String(contentsOfFile: directory.metrics, encoding: .utf8) }
    #expect(try directory.rewind(to: 4).text == nil)
    #expect(try directory.rewind(to: 4, closesEpoch: true).text == nil)
    #expect(try text() == lines[..<3].joined())
  }

  /// A process may be killed after the checkpoint has its name and before a link is moved.
  @Test func linksFollowTheCheckpointsContents() throws {
    for step in 1...2 {
      try directory.save(checkpoint(step, Array([0.5, 0.4].prefix(step))), keep: 9)
    }
    let third = checkpoint(3, [0.5, 0.4, 0.9])
    try third.write(to: directory.checkpoint(step: 3))
    #expect(try target(directory.latest) == "step-000000002.h5")
    #expect(try RunDirectory.checkpoint(at: directory.path) == directory.checkpoint(step: 3))
    #expect(try directory.settleLinks(third) == 3)
    #expect(try target(directory.latest) == "step-000000003.h5")
    #expect(try target(directory.best) == "step-000000003.h5")
    #expect(try RunDirectory.checkpoint(at: directory.path) == directory.latest)
  }

  /// The best is kept by what the checkpoints say, wherever its link stands.
  @Test func theBestIsNotPrunedBeforeItsLinkStands() throws {
    try directory.save(checkpoint(1, [0.5]), keep: 1)
    try checkpoint(2, [0.5, 0.9]).write(to: directory.checkpoint(step: 2))
    try directory.save(checkpoint(3, [0.5, 0.9, 0.1]), keep: 1)
    #expect(try directory.checkpointSteps() == [3, 2])
    #expect(try target(directory.best) == "step-000000002.h5")
  }

  @Test func aLinkIsFollowedOnlyWithinTheRun() throws {
    try directory.save(checkpoint(1), keep: 1)
    let elsewhere = try folder.write("elsewhere.h5", "anything")
    _ = unlink(directory.latest)
    #expect(symlink(elsewhere, directory.latest) == 0)
    #expect(try RunDirectory.checkpoint(at: directory.path) == directory.checkpoint(step: 1))
    #expect(symlink(folder("nowhere"), directory.checkpoint(step: 2)) == 0)
    #expect(try directory.checkpointSteps() == [1])
    #expect(try directory.foreignNames() == ["step-000000002.h5"])
  }

  /// A checkpoint may have been moved to another disk.
  @Test func aCheckpointMayBeALink() throws {
    try directory.save(checkpoint(1), keep: 1)
    let moved = folder("moved.h5")
    try FileManager.default.moveItem(atPath: directory.checkpoint(step: 1), toPath: moved)
    #expect(symlink(moved, directory.checkpoint(step: 1)) == 0)
    #expect(try directory.newestValid { _ in }?.content.step == 1)
    try directory.save(checkpoint(2), keep: 1)
    #expect(try directory.checkpointSteps() == [2], "the link is pruned,")
    #expect(FileManager.default.fileExists(atPath: moved), "what it led to is not ours")
  }

  /// A checkpoint under another's name is another's state.
  @Test func aCheckpointUnderTheNameOfAnotherStepIsPassedOver() throws {
    for step in 1...2 { try directory.save(checkpoint(step), keep: 9) }
    try FileManager.default.copyItem(
      atPath: directory.checkpoint(step: 1), toPath: directory.checkpoint(step: 8))
    var warnings: [String] = []
    #expect(try directory.newestValid { warnings.append($0) }?.content.step == 2)
    #expect(warnings.count == 1 && warnings[0].contains("step 1 under the name of step 8"))
    let error = #expect(throws: CSGError.self) { try RunDirectory.read(at: directory.path) }
    #expect(error?.exitCode == .data && error?.message.contains("step-000000008.h5") == true)
  }

  @Test func leftoversAreSweptAndForeignNamesTold() throws {
    for name in [
      ".config.yaml.12.partial", "checkpoints/latest.7.partial",
      ".events.out.tfevents.1700000000.host.12.partial",
      "checkpoints/.best.7.partial", "checkpoints/.step-000000009.h5.12.partial",
    ] { try folder.write("run/\(name)", "half") }
    let kept = [
      ".weights.safetensors.12.partial", "checkpoints/notes.partial", "checkpoints/step-5.h5",
      "data.2024.partial", "x.1.partially",
    ]
    for name in kept { try folder.write("run/\(name)", "mine") }
    try directory.sweep()
    #expect(
      folder.listing() == (["run", "run/checkpoints"] + kept.map { "run/\($0)" }).sorted())
    #expect(try directory.checkpointSteps().isEmpty)
    #expect(try directory.foreignNames() == ["step-5.h5"])
  }

  @Test func aFolderInALinksPlaceIsNamed() throws {
    try directory.requireRoomForLinks()
    try AtomicFile.createFolder(directory.latest)
    let error = #expect(throws: CSGError.self) { try directory.requireRoomForLinks() }
    #expect(error?.exitCode == .cannotCreate && error?.message.contains("latest") == true)
  }

  @Test func rewindingCutsLaterEvents() throws {
    for start in [0, 2, 4] {
      let writer = try EventWriter(in: directory.path, afterStep: start)
      for step in start + 1...start + 2 { try writer.write([.scalar("a", 1)], step: step) }
    }
    let files = try directory.events
    #expect(files.count == 3)
    #expect(try directory.rewind(to: 3).text == nil)
    #expect(try directory.events == Array(files.prefix(2)), "nothing is left of the third")
    let steps = try directory.events.map { file in
      let bytes = try #require(FileManager.default.contents(atPath: file))
      return EventFile.events(in: [UInt8](bytes)).map(\.step)
    }
    #expect(steps == [[0, 1, 1, 2], [0, 3, 3]])
  }

  @Test func overwritingRemovesOnlyTheRunsOwnFiles() throws {
    try directory.save(checkpoint(1), keep: 1)
    _ = try EventWriter(in: directory.path, afterStep: 0)
    try folder.write("run/notes.txt", "mine")
    try directory.create(overwrite: true)
    #expect(try directory.checkpointSteps().isEmpty)
    #expect(try directory.events.isEmpty)
    #expect(FileManager.default.fileExists(atPath: folder("run/notes.txt")))
  }
}
