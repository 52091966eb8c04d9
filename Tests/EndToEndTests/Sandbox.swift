import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// A folder with a small data set of real images and a configuration that trains on it.
///
/// 502 samples in batches of 50: 11 steps an epoch, the last of 2 samples for 4 replicas. Three
/// epochs of period 2: both paths, two changes between them.
final class Sandbox: Sendable {
  let folder: TemporaryFolder
  static let steps = 33

  init() throws {
    folder = try TemporaryFolder()
    try Self.write(to: folder("data"))
    try folder.write("run.yaml", Self.configuration)
  }

  var path: String { folder.path }

  private static let images = Result { try FashionMNISTImporter.load(folder: Places.fashionMNIST) }

  /// The first samples of Fashion-MNIST, as `prepare` writes them.
  static func write(to path: String, train: Int = 502, test: Int = 130) throws {
    let whole = try images.get()
    let part = RawDataset(
      classes: whole.classes, source: "Fashion-MNIST, first samples",
      train: whole.train.prefix(train), test: whole.test.prefix(test))
    try DatasetWriter.write(part, to: path, shards: 3) { _ in }
  }

  static let configuration = """
    name: tiny
    model: { architecture: resnet20, channels: 1 }
    data: { train: data/train, test: data/test, crop_padding: 2 }
    batch_size: 50
    epochs: 3
    gate: { period: 2 }
    checkpoint: { every_steps: 4, keep: 100 }
    log: { every: 1 }
    """

  /// Trains into `runs/NAME`.
  func train(
    _ name: String, _ arguments: [String] = [], ranks: Int? = nil,
    environment: [String: String] = [:]
  ) throws -> Finished {
    try Program.run(
      ["train", "run.yaml", "--output", "runs/\(name)"] + arguments, ranks: ranks, in: path,
      environment: environment)
  }

  /// Starts training into `runs/NAME`.
  func start(_ name: String, _ arguments: [String] = [], ranks: Int?) throws -> Program {
    try Program(
      ["train", "run.yaml", "--output", "runs/\(name)"] + arguments, ranks: ranks, in: path)
  }

  /// The digest of a run's last checkpoint.
  func digest(_ name: String) throws -> String {
    let inspected = try Program.run(["inspect", "runs/\(name)", "--digest"], in: path)
    #expect(inspected.status == 0, "\(inspected.errors)")
    return inspected.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Every line of a run's metrics.jsonl.
  func records(_ name: String) throws -> [[String: Any]] {
    let text = try String(contentsOfFile: folder("runs/\(name)/metrics.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }
}
