import Events
import Foundation
import TestSupport
import Testing

/// A command that meets faults: what it is given, how it is run, and what is to come of it.
struct FaultyCommand: Sendable, CustomTestStringConvertible {
  let name: String
  /// Files and folders that it is given.
  let given: [String]
  let arguments: [String]
  /// How it is run after it failed.
  let again: [String]
  /// What calls are counted, each for itself: a training's data are read by a thread of their own.
  var places: [String] { name == "train" ? [" run", " data/"] : [""] }
  var testDescription: String { name }

  private init(_ name: String, given: [String], _ arguments: [String], again: [String] = []) {
    self.name = name
    self.given = given
    self.arguments = arguments
    self.again = arguments + again
  }

  static let all = [`import`, prepare, train([]), analyze]

  static let `import` = FaultyCommand(
    "import", given: ["weights.safetensors"],
    ["import", "weights.safetensors", "--architecture", "resnet8", "--classes", "2"]
      + ["--output", "weights.h5"])

  static let prepare = FaultyCommand(
    "prepare", given: ["pictures"],
    ["prepare", "image-folder", "--input", "pictures", "--output", "new", "--size", "16"]
      + ["--shards", "2"])

  static func train(_ more: [String]) -> FaultyCommand {
    FaultyCommand(
      "train", given: ["data", "run.yaml"], ["train", "run.yaml", "--output", "run"] + more,
      again: ["--resume", "auto"])
  }

  static let analyze = FaultyCommand(
    "analyze", given: ["data", "trained"],
    ["analyze", "trained", "--data", "data", "--output", "analysis", "--cluster-starts", "1"])

  /// Three steps an epoch, saves within and after each; both epochs' nets are the best so far.
  private static let configuration = """
    model: { architecture: resnet8, classes: 2 }
    data: { train: data/train, test: data/test, crop_padding: 2 }
    batch_size: 4
    replicas: 2
    epochs: 2
    seed: 4
    learning_rate: { standard: 0.02, gated: 0.02 }
    gate: { period: 2 }
    checkpoint: { every_steps: 2, keep: 2 }
    log: { every: 1 }
    compute: { threads: 1 }
    """

  // MARK: What it is given

  private static let base = Result {
    let folder = try TemporaryFolder()
    try GoldenPictures.fill(folder, "pictures")
    try folder.write("run.yaml", configuration)
    for arguments in [
      prepare.arguments + ["--output", "data"],
      ["train", "run.yaml", "--output", "trained"],
      ["export", "trained", "--output", "weights.safetensors"],
    ] {
      let finished = try Program.run(arguments, in: folder.path)
      try #require(finished.status == 0, "\(arguments): \(finished.errors)")
    }
    return folder
  }

  /// A new folder with what it is given.
  func folder() throws -> TemporaryFolder { try Self.folder(given) }

  /// A new folder with some of it all: a net, its data and its configuration suit any command.
  static func folder(_ given: [String] = ["trained", "data", "run.yaml"]) throws -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    for name in given {
      try FileManager.default.copyItem(atPath: base.get()(name), toPath: folder(name))
    }
    return folder
  }

  // MARK: What comes of it

  /// Whether it did its work when it was run again: a data set that is whole is not made twice.
  func accepts(_ finished: Finished) -> Bool {
    finished.status == 0
      || name == "prepare" && finished.status == 73
        && finished.lastErrorLine.contains("exists already")
  }

  /// Everything that has to be equal in equal results.
  func result(_ folder: TemporaryFolder) throws -> [String: String] {
    func inspect(_ arguments: String...) throws -> String {
      let finished = try Program.run(["inspect"] + arguments, in: folder.path)
      return finished.status == 0 ? finished.output : "\(arguments): \(finished.errors)"
    }
    func text(_ path: String) -> String {
      FileManager.default.contents(atPath: folder(path)).map { String(decoding: $0, as: UTF8.self) }
        ?? "none"
    }
    switch name {
    case "import":
      return ["digest": try inspect("weights.h5", "--digest")]
    case "prepare":
      return [
        "verified": try inspect("new", "--verify"),
        "train": try inspect("new/train", "--digest"), "test": try inspect("new/test", "--digest"),
      ]
    case "train":
      // Where a file system has no links, texts stand in for them.
      let links = ["latest", "best"].map { name in
        let path = folder(link(name))
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
        return (name, target ?? text(link(name)).trimmingCharacters(in: .newlines))
      }
      var result = [
        "digest": try inspect("run", "--digest"), "steps": records(of: text("run/metrics.jsonl")),
        "events": try events(in: folder("run")),
        "best net": try inspect("run/checkpoints/best", "--digest"),
      ]
      for (name, target) in links { result[name] = target }
      return result
    default:
      return ["metrics": text("analysis/metrics.json"), "names": figures(in: folder)]
    }
  }

  private func link(_ name: String) -> String { "run/checkpoints/\(name)" }

  private func figures(in folder: TemporaryFolder) -> String {
    folder.listing().filter { $0.hasPrefix("analysis/") && !$0.contains(".partial") }
      .joined(separator: " ")
  }

  /// Steps and losses; a line that is no record as it is.
  private func records(of text: String) -> String {
    text.split(separator: "\n").map { line in
      let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let values = ["kind", "step", "loss", "train_loss", "test_loss", "test_accuracy"].compactMap {
        record?[$0].map { "\($0)" }
      }
      return record == nil ? String(line) : values.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// The steps that TensorBoard is shown values of.
  private func events(in folder: String) throws -> String {
    try EventFile.names(in: folder).flatMap { name in
      let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
      return EventFile.events(in: [UInt8](bytes))
    }.compactMap { event in
      if case .values = event.content { String(event.step) } else { nil }
    }.joined(separator: " ")
  }
}
