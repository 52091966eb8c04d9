import Core
import Foundation
import Storage

/// The checkpoints of a run: `checkpoints/step-000012345.h5`, of which `latest` and `best` are links.
extension RunDirectory {
  /// The name of a step's checkpoint.
  package static func name(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits + ".h5"
  }

  /// The file of a step's checkpoint.
  package func checkpoint(step: Int) -> String { "\(checkpoints)/\(Self.name(step: step))" }

  /// The step of a checkpoint's name; nil for any other name.
  package static func step(of name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5"),
      let step = Int(name.dropFirst(5).dropLast(3)), self.name(step: step) == name
    else { return nil }
    return step
  }

  /// Whether a name is a checkpoint's.
  package static func isCheckpoint(_ name: String) -> Bool { step(of: name) != nil }

  /// Steps of all checkpoints, newest first; a file may have been moved to another disk and be a link
  /// here.
  package func checkpointSteps() throws -> [Int] {
    try FileSystem.texts(in: checkpoints).compactMap(Self.step(of:)).filter {
      try FileSystem.kind(of: checkpoint(step: $0)) == .file
    }.sorted(by: >)
  }

  /// Where `latest` or `best` leads, be it a link or, where the file system has none, a text of that name;
  /// nil where it is neither.
  package static func target(of path: String) throws -> String? {
    if let target = try FileSystem.target(ofLink: path) { return target }
    guard try FileSystem.kind(of: path) == .file, try FileSystem.size(of: path) ?? 0 <= 64,
      let bytes = try FileSystem.contents(of: path)
    else { return nil }
    let name = String(decoding: bytes, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    return isCheckpoint(name) ? name : nil
  }

  /// The checkpoint that a path means: a run directory stands for its newest, and a text in place of a link
  /// for what it names.
  /// - Throws: `CSGError` 65 where a folder holds none.
  package static func checkpoint(at path: String) throws -> String {
    guard try FileSystem.kind(of: path) == .folder else {
      guard try FileSystem.kind(of: path, followingLinks: false) == .file,
        let name = try target(of: path)
      else { return path }
      return path.parentFolder.isEmpty ? name : "\(path.parentFolder)/\(name)"
    }
    let directory = RunDirectory(path)
    guard let newest = try directory.checkpointSteps().first else {
      throw CSGError.data(
        path, "is a folder without checkpoints",
        remedy: "name a checkpoint file, or a run directory")
    }
    let isLinked = try FileSystem.target(ofLink: directory.latest) == name(step: newest)
    return isLinked ? directory.latest : directory.checkpoint(step: newest)
  }

  /// Reads the checkpoint that a path means.
  /// - Throws: What reading it throws; `CSGError` 65 where a run's file is of another step than its name.
  package static func read(at path: String) throws -> (file: String, checkpoint: Checkpoint) {
    let file = try checkpoint(at: path)
    let checkpoint = try Checkpoint(reading: file)
    if file != path {
      let newest = try RunDirectory(path).checkpointSteps().first ?? checkpoint.step
      try requireStep(newest, of: checkpoint, file)
    }
    return (file, checkpoint)
  }

  /// Checks that a checkpoint is of the step that its name says.
  /// - Throws: `CSGError` 65 that names both.
  package static func requireStep(_ step: Int, of checkpoint: Checkpoint, _ path: String) throws {
    guard checkpoint.step == step else {
      throw CSGError.data(
        path, "is the checkpoint of step \(checkpoint.step) under the name of step \(step)",
        remedy: "rename it, or remove it")
    }
  }
}
