import Core
import Datasets
import Events
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

  /// The first samples of Fashion-MNIST, as `prepare` writes them; of each so many rows.
  static func write(
    to path: String, train: Int = 502, test: Int = 130, shards: Int = 3, height: Int = 28
  ) throws {
    func first(_ split: RawSplit, _ count: Int) -> RawSplit {
      var part = RawSplit(height: height, width: split.width, channels: split.channels)
      part.labels = Array(split.labels.prefix(count))
      for image in 0..<part.labels.count {
        part.pixels +=
          split.pixels[image * split.imageBytes..<image * split.imageBytes + part.imageBytes]
      }
      return part
    }
    let whole = try images.get()
    let part = RawDataset(
      classes: whole.classes, source: "Fashion-MNIST, first samples",
      train: first(whole.train, train), test: first(whole.test, test))
    try DatasetWriter.write(part, to: path, shards: shards) { _ in }
  }

  static let configuration = """
    name: tiny
    model: { architecture: resnet8, channels: 1 }
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

  /// Starts training into `runs/NAME`, where it (rank 0 under mpirun) stops by SIGSTOP as it is about to put
  /// the checkpoint of a step in its place.
  func start(_ name: String, _ arguments: [String] = [], ranks: Int?, untilSaved step: Int) throws
    -> Program
  {
    let checkpoint = String(format: "step-%09d", step)
    return try FaultLibrary.start(
      ["train", "run.yaml", "--output", "runs/\(name)"] + arguments, in: folder,
      fault: Fault(
        match: "rename runs/\(name)/checkpoints/\(checkpoint)", number: 1, deed: "SIGSTOP"),
      ranks: ranks)
  }

  /// The digest of a run's last checkpoint.
  func digest(_ name: String) throws -> String {
    let inspected = try Program.run(["inspect", "runs/\(name)", "--digest"], in: path)
    #expect(inspected.status == 0, "\(inspected.errors)")
    return inspected.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// TensorBoard's files of a run, oldest first.
  func eventFiles(_ name: String) throws -> [String] {
    try EventFile.names(in: folder("runs/\(name)")).map { folder("runs/\(name)/\($0)") }
  }

  /// What TensorBoard shows of a record: tags and values.
  static func scalars(of record: [String: Any]) -> [String: Float] {
    let isEpoch = record["kind"] as? String == "epoch"
    let tags =
      isEpoch
      ? [
        "train_loss": "epoch/train_loss", "train_accuracy": "epoch/train_accuracy",
        "test_loss": "epoch/test_loss", "test_accuracy": "epoch/test_accuracy",
        "density": "epoch/density", "seconds": "epoch/seconds",
      ]
      : [
        "loss": "train/loss", "cross_entropy": "train/cross_entropy",
        "density_penalty": "train/density_penalty", "density": "gate/density",
        "images_per_second": "train/images_per_second", "learning_rate": "train/learning_rate",
        "gate_learning_rate": "gate/learning_rate",
      ]
    var values: [String: Float] = [:]
    for (key, tag) in tags {
      if let value = record[key] as? Double { values[tag] = Float(value) }
    }
    return values
  }

  /// Names of the files within a folder, at any depth, sorted.
  func listing(_ name: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder(name))?.compactMap { $0 as? String }
    return (names ?? []).filter { $0.contains(".") }.sorted()
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
