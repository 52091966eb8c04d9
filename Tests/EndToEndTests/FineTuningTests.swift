import Foundation
import TestSupport
import Testing

/// Weights that others trained on CIFAR-10 are a better start on photographs of animals than random ones.
@Suite struct FineTuningTests {
  private static let animals = ["bird", "cat", "cow", "dog", "horse", "sheep"]

  /// The first photographs of each animal, for training and for testing, prepared for images of 32 × 32.
  private func prepare(_ each: Int, in folder: TemporaryFolder) throws {
    let files = FileManager.default
    for part in ["train", "val"].flatMap({ split in Self.animals.map { "\(split)/\($0)" } }) {
      let source = "\(try #require(Places.data))/animals6-photos/\(part)"
      try files.createDirectory(
        atPath: folder("photos/\(part)"), withIntermediateDirectories: true)
      for name in try files.contentsOfDirectory(atPath: source).sorted().prefix(each) {
        try files.createSymbolicLink(
          atPath: folder("photos/\(part)/\(name)"), withDestinationPath: "\(source)/\(name)")
      }
    }
    let prepared = try Program.run(
      ["prepare", "image-folder", "--input", "photos", "--output", "data/animals", "--size", "37"],
      in: folder.path)
    #expect(prepared.status == 0, "\(prepared.errors)")
  }

  /// Test accuracy of the last epoch.
  private func accuracy(_ run: String, in folder: TemporaryFolder) throws -> Double {
    let records = try String(contentsOfFile: folder("runs/\(run)/metrics.jsonl"), encoding: .utf8)
    let last = try #require(records.split(separator: "\n").last)
    let record = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    return try #require(record?["test_accuracy"] as? Double)
  }

  /// The same 75 steps from both, as `init --pretrained` proposes them, gates included. What comes out
  /// stands in the README.
  @Test(.enabled(if: Places.data != nil, Comment(rawValue: InteropTests.noData)))
  func trainedWeightsBeatRandomOnes() throws {
    let folder = try TemporaryFolder()
    try prepare(40, in: folder)
    let proposed = try Program.run(
      [
        "init", "--data", "data/animals", "--image", "32", "--architecture", "resnet20",
        "--pretrained", "\(try #require(Places.data))/weights/resnet20-cifar10.safetensors",
        "--epochs", "5", "--name", "tuned",
      ], in: folder.path)
    #expect(proposed.status == 0, "\(proposed.errors)")
    try folder.write("animals.yaml", proposed.output)
    let random = ["model.weights=null", "model.new_classes=false", "name=random"]
    for sets in [[], random] {
      let trained = try Program.run(
        ["train", "animals.yaml"] + sets.flatMap { ["--set", $0] }, in: folder.path)
      #expect(trained.status == 0, "\(trained.errors)")
    }
    let (tuned, fresh) = try (accuracy("tuned", in: folder), accuracy("random", in: folder))
    #expect(abs(tuned - 0.47) < 0.03 && abs(fresh - 0.24) < 0.03, "\(tuned) and \(fresh)")
  }
}
