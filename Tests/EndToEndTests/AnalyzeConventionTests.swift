import Core
import Datasets
import Foundation
import Storage
import TestSupport
import Testing

/// What `analyze` says where something is missing: a gate, the samples of a class, the life of a
/// filter.
@Suite struct AnalyzeConventionTests {
  let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox()
    for (name, schedule) in [("gated", "alternate"), ("plain", "standard")] {
      let finished = try sandbox.train(
        name,
        [
          "--max-steps", "3", "--set", "model.architecture=resnet8", "--set",
          "gate.schedule=\(schedule)",
        ])
      #expect(finished.status == 0, "\(finished.errors)")
    }
  }

  private func analyze(_ checkpoint: String, _ arguments: String..., data: String = "data") throws
    -> Finished
  {
    try Program.run(
      ["analyze", checkpoint, "--data", data, "--output", "out", "--json"] + arguments, ranks: 2,
      in: sandbox.path)
  }

  private func network(_ finished: Finished) throws -> [String: Any] {
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try JSONSerialization.jsonObject(with: Data(finished.output.utf8))
    return try #require((document as? [String: Any])?["network"] as? [String: Any])
  }

  private func value(_ place: Any?, _ key: String) throws -> Any {
    try #require(((place as? [String: Any])?[key] as? [String: Any])?["value"], "\(key)")
  }

  private func matrix<Element: HDF5Element>(_ name: String, of type: Element.Type) throws
    -> [Element]
  {
    try HDF5File(reading: sandbox.folder("out/analysis.h5")).dataset("network/\(name)")
      .readAll(type)
  }

  /// The data set with only those test samples whose label passes, as folder `name`.
  private func writeData(_ name: String, where isIncluded: (Int32) -> Bool) throws {
    let whole = try FashionMNISTImporter.load(folder: Places.fashionMNIST)
    var test = RawSplit(height: 28, width: 28, channels: 1)
    for (n, label) in whole.test.labels.prefix(130).enumerated() where isIncluded(label) {
      test.labels.append(label)
      test.pixels += whole.test.pixels[n * test.imageBytes..<(n + 1) * test.imageBytes]
    }
    let part = RawDataset(
      classes: whole.classes, source: "some classes", train: whole.train.prefix(50), test: test)
    try DatasetWriter.write(part, to: sandbox.folder(name), shards: 1) { _ in }
  }

  /// A copy of the gated net whose last norm moves filter 5 by `bias`, weighing its input 0. Nothing
  /// else reaches it: the shortcut pads there.
  private func write(_ name: String, bias: Float) throws {
    var checkpoint = try Checkpoint(reading: sandbox.folder("runs/gated/checkpoints/latest"))
    checkpoint.parameters = checkpoint.parameters.map { tensor in
      var values = tensor.values
      if tensor.name == "layer3.0.bn2.weight" { values[5] = 0 }
      if tensor.name == "layer3.0.bn2.bias" { values[5] = bias }
      return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
    }
    try checkpoint.write(to: sandbox.folder(name))
  }

  @Test func withoutAGateThereIsNothingOfIt() throws {
    let network = try network(analyze("runs/plain", "--remove-classes", "4"))
    for key in [
      "gated_accuracy", "gated_accuracy_per_class", "l1_density", "l1_density_interval",
      "gate_information_overlap",
    ] {
      #expect(try value(network, key) is NSNull, "\(key)")
    }
    #expect(network["similarity"] is NSNull)
    let file = try HDF5File(reading: sandbox.folder("out/analysis.h5"))
    for name in ["gate", "predictions_gated", "similarity_true_positive"] {
      #expect(throws: CSGError.self, "\(name)") { try file.dataset("network/\(name)") }
    }
    let features = try matrix("features", of: Float.self)
    let labels = try file.dataset("labels").readAll(Int32.self)
    let means = (0..<64).map { k in
      labels.indices.reduce(0.0) { $0 + (labels[$1] == 4 ? Double(features[$1 * 64 + k]) : 0) }
    }
    let strongest = means.indices.sorted { (means[$0], $1) > (means[$1], $0) }.prefix(6).sorted()
    let removals = try #require(network["removals"] as? [[String: Any]])
    #expect(try value(removals.first, "filters") as? [Int] == strongest)
    #expect(try value(removals.first, "gated_accuracy") is NSNull)
  }

  @Test func aClassWithoutSamplesIsLeftOut() throws {
    try writeData("some") { $0 != 3 }
    let network = try network(analyze("runs/gated", data: "some"))
    for key in ["accuracy_per_class", "gated_accuracy_per_class"] {
      let classes = try #require(try value(network, key) as? [Any])
      #expect(classes.indices.filter { classes[$0] is NSNull } == [3], "\(key)")
    }
    let removals = try #require(network["removals"] as? [[String: Any]])
    #expect(removals.map { $0["classes"] as? [Int] } == [0, 1, 2, 4, 5, 6, 7, 8, 9].map { [$0] })
    let information = try matrix("mutual_information", of: Double.self)
    #expect(stride(from: 3, to: 640, by: 10).allSatisfy { information[$0] == 0 })
    let similarity = try matrix("similarity_false_negative", of: Double.self)
    #expect(similarity.indices.filter { $0 / 10 == 3 }.allSatisfy { similarity[$0].isNaN })
    #expect(try matrix("cluster_classes", of: Int32.self).sorted() == [0, 1, 2, 4, 5, 6, 7, 8, 9])

    // Asked for, its filters can be told by G alone.
    #expect(try analyze("runs/gated", "--remove-classes", "3", data: "some").status == 0)
    let refused = try analyze("runs/plain", "--remove-classes", "3", data: "some")
    #expect(refused.status == 65)
    #expect(refused.lastErrorLine.contains("class 3 has no sample"), "\(refused.errors)")
    #expect(refused.lastErrorLine.contains("--remove-classes"), "\(refused.errors)")
  }

  @Test func oneClassAloneTeachesNothing() throws {
    try writeData("one") { $0 == 7 }
    let network = try network(analyze("runs/gated", data: "one"))
    #expect(try value(network, "mutual_information_score") as? Double == 0)
    #expect(try value(network["correlation"], "cic") is NSNull)
    #expect(try matrix("cluster_classes", of: Int32.self) == [7])
  }

  @Test func aDeadFilterIsCounted() throws {
    try write("dead.h5", bias: -1)
    let network = try network(analyze("dead.h5"))
    let features = try matrix("features", of: Float.self)
    let dead = (0..<64).filter { k in (0..<130).allSatisfy { features[$0 * 64 + k] == 0 } }
    #expect(dead.contains(5))
    #expect(try value(network, "dead_filters") as? Int == dead.count)
    let information = try matrix("mutual_information", of: Double.self)
    #expect(information.allSatisfy { $0.isFinite && $0 >= 0 })
    #expect(information[50..<60].allSatisfy { $0 < 0.1 }, "what noise tells, as scikit-learn's")
    #expect(try matrix("filter_correlation", of: Double.self).allSatisfy(\.isFinite))
  }

  @Test(arguments: [Float.infinity, .nan]) func featuresThatAreNoNumbersAreNamed(bias: Float) throws
  {
    try write("odd.h5", bias: bias)
    let finished = try analyze("odd.h5")
    #expect(finished.status == 1, "\(finished.errors)")
    let message = "filter 5 answers sample 0 with \(bias)"
    #expect(finished.errors.contains(message), "\(finished.errors)")
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder("out")), "nothing is written")
  }
}
