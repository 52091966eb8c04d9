import Core
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

  @Test func overwritingRemovesOnlyTheRunsOwnFiles() throws {
    try directory.save(checkpoint(1), isBest: true, keep: 1)
    try folder.write("run/notes.txt", "mine")
    try directory.create(overwrite: true)
    #expect(directory.checkpointSteps().isEmpty)
    #expect(FileManager.default.fileExists(atPath: folder("run/notes.txt")))
  }
}
