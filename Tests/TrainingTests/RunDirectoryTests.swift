import Core
import Events
import Foundation
import Storage
import TestSupport
import Training
import Testing

@Suite struct RunDirectoryTests {
  let folder: TemporaryFolder
  let directory: RunDirectory

  init() throws {
    folder = try TemporaryFolder()
    directory = RunDirectory(folder("run"))
    try directory.create(overwrite: false)
  }

  private func checkpoint(_ step: Int) -> Checkpoint {
    var checkpoint = Checkpoint(
      architecture: "resnet8", classes: 2, channels: 1,
      parameters: [NamedTensor(name: "w", shape: [2], values: [1, Float(step)])], buffers: [],
      gate: nil)
    checkpoint.step = step
    return checkpoint
  }

  private func target(_ link: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: link)
  }

  @Test func keepsTheNewestAndTheBest() throws {
    for step in 1...5 {
      try directory.save(checkpoint(step), isBest: step == 2, keep: 2)
    }
    #expect(directory.checkpointSteps() == [5, 4, 2])
    #expect(try target(directory.latest) == "step-000000005.h5")
    #expect(try target(directory.best) == "step-000000002.h5")
    #expect(try Checkpoint(reading: directory.latest).step == 5)
  }

  @Test func takesTheNewestWholeCheckpointAndNamesTheDamaged() throws {
    for step in 1...3 { try directory.save(checkpoint(step), isBest: false, keep: 9) }
    try folder.write("run/checkpoints/step-000000003.h5", "rubbish")
    var warnings: [String] = []
    #expect(try directory.newestValid { warnings.append($0) } == directory.checkpoint(step: 2))
    #expect(warnings.count == 1 && warnings[0].contains("step-000000003.h5"))
  }

  @Test func noWholeCheckpointIsAnError() throws {
    #expect(try directory.newestValid { _ in } == nil)
    try folder.write("run/checkpoints/step-000000003.h5", "rubbish")
    #expect(throws: CSGError.self) { try directory.newestValid { _ in } }
  }

  @Test func rewindingSetsLaterCheckpointsAsideAndCutsLaterRecords() throws {
    for step in 1...3 { try directory.save(checkpoint(step), isBest: false, keep: 9) }
    let lines = (1...4).map { "{\"kind\":\"step\",\"step\":\($0)}\n" }
    try folder.write("run/metrics.jsonl", lines.joined() + "{\"kind\":\"step\",\"st")
    try directory.rewind(to: 2)
    #expect(directory.checkpointSteps() == [2, 1])
    #expect(try target(directory.latest) == "step-000000002.h5")
    #expect(try String(contentsOfFile: directory.metrics, encoding: .utf8) == lines[0] + lines[1])
    let aside = "\(directory.checkpoints)/abandoned/step-000000003.h5"
    #expect(try Checkpoint(reading: aside).step == 3)
  }

  @Test func rewindingCutsLaterEvents() throws {
    for start in [0, 2, 4] {
      let writer = try EventWriter(in: directory.path, afterStep: start)
      for step in start + 1...start + 2 { try writer.write([.scalar("a", 1)], step: step) }
    }
    let files = directory.events
    #expect(files.count == 3)
    try directory.rewind(to: 3)
    #expect(directory.events == Array(files.prefix(2)), "nothing is left of the third")
    let steps = try directory.events.map { file in
      let bytes = try #require(FileManager.default.contents(atPath: file))
      return EventFile.events(in: [UInt8](bytes)).map(\.step)
    }
    #expect(steps == [[0, 1, 1, 2], [0, 3, 3]])
  }

  @Test func overwritingRemovesOnlyTheRunsOwnFiles() throws {
    try directory.save(checkpoint(1), isBest: true, keep: 1)
    _ = try EventWriter(in: directory.path, afterStep: 0)
    try folder.write("run/notes.txt", "mine")
    try directory.create(overwrite: true)
    #expect(directory.checkpointSteps().isEmpty && directory.events.isEmpty)
    #expect(FileManager.default.fileExists(atPath: folder("run/notes.txt")))
  }
}
