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
          "--max-steps", "3", "--set", "gate.schedule=\(schedule)",
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

  /// A copy of the gated net, changed in single elements.
  private func write(_ name: String, _ changes: [String: (place: Int, value: Float)]) throws {
    var checkpoint = try Checkpoint(reading: sandbox.folder("runs/gated/checkpoints/latest"))
    checkpoint.parameters = checkpoint.parameters.map { tensor in
      var values = tensor.values
      if let change = changes[tensor.name] { values[change.place] = change.value }
      return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
    }
    try checkpoint.write(to: sandbox.folder(name))
  }

  /// A copy whose last norm moves filter 5 by `bias`, weighing its input 0. Nothing else reaches it:
  /// the shortcut pads there.
  private func write(_ name: String, bias: Float) throws {
    try write(name, ["layer3.0.bn2.weight": (5, 0), "layer3.0.bn2.bias": (5, bias)])
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
    let answers = try #require(network["class_filters"] as? [[String: Any]])
    #expect(answers.count == 10 && answers.allSatisfy { $0["gate"] is NSNull })
    #expect(answers.allSatisfy { ($0["filters"] as? [Int])?.count == 6 }, "10 % of 64")
    let known = try #require(network["filter_classes"] as? [[String: Any]])
    for key in ["gate", "gate_class", "gate_classes"] {
      #expect(known.allSatisfy { $0[key] is NSNull }, "\(key)")
    }
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
    let answers = try #require(network["class_filters"] as? [[String: Any]])
    let own = try answers.map { try #require($0["own"] as? [String: Any]) }
    #expect(own[3]["samples"] as? Int == 0 && own[3]["interval"] is NSNull)
    #expect(answers[3]["removal"] is NSNull)
    let all = own.reduce(0) { $0 + ($1["samples"] as? Int ?? 0) }
    #expect((answers[3]["others"] as? [String: Any])?["samples"] as? Int == all)
    let information = try matrix("mutual_information", of: Double.self)
    #expect(stride(from: 3, to: 640, by: 10).allSatisfy { information[$0] == 0 })
    let similarity = try matrix("similarity_false_negative", of: Double.self)
    #expect(similarity.indices.filter { $0 / 10 == 3 }.allSatisfy { similarity[$0].isNaN })
    #expect(try matrix("cluster_classes", of: Int32.self).sorted() == [0, 1, 2, 4, 5, 6, 7, 8, 9])
    let samples = ["true_positive_samples", "false_negative_samples"].map { key in
      (try? value(network["similarity"], key) as? [Int]) ?? []
    }
    let labels = try HDF5File(reading: sandbox.folder("out/analysis.h5")).dataset("labels")
      .readAll(Int32.self)
    for c in 0..<10 {
      #expect(samples[0][c] + samples[1][c] == labels.count { $0 == c }, "class \(c)")
    }
    let clusters = try #require(try value(network["clusters"], "samples") as? [Int])
    #expect(clusters.count == 9 && clusters.reduce(0, +) == labels.count)

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
    #expect(try value(network["mutual_information"], "score_ceiling") as? Double == 0)
    #expect(try value(network["mutual_information"], "filters_above_chance") as? Double == 0)
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

  /// A weight that is no number is none of a network, whoever asks for it.
  @Test(arguments: ["layer3.0.bn2.bias", "fc.weight"], [Float.infinity, .nan])
  func weightsThatAreNoNumbersAreNamed(parameter: String, value: Float) throws {
    try write("odd.h5", [parameter: (5, value)])
    for command in [["analyze", "--output", "out"], ["evaluate"]] {
      let finished = try Program.run(
        [command[0], "odd.h5", "--data", "data"] + command.dropFirst(), ranks: 2, in: sandbox.path)
      #expect(finished.status == 65, "\(finished.errors)")
      #expect(finished.errors.contains("\(parameter) holds \(value)"), "\(finished.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder("out")), "nothing is written")
  }

  /// Numbers may become too large on the way.
  @Test func featuresThatAreNoNumbersAreNamed() throws {
    try write("odd.h5", bias: .greatestFiniteMagnitude)
    let finished = try analyze("odd.h5")
    #expect(finished.status == 1, "\(finished.errors)")
    let message = "filter 5 answers sample 0 with inf"
    #expect(finished.errors.contains(message), "\(finished.errors)")
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder("out")), "nothing is written")
  }

  /// What the classifier makes of sound features may still be no number.
  @Test func logitsThatAreNoNumbersAreNamed() throws {
    let changes: [String: (place: Int, value: Float)] = [
      "layer3.0.bn2.weight": (5, 0), "layer3.0.bn2.bias": (5, 4), "fc.weight": (3 * 64 + 5, 3e38),
    ]
    try write("odd.h5", changes)
    let finished = try analyze("odd.h5")
    #expect(finished.status == 1, "\(finished.errors)")
    let message = "class 3 answers sample 0 with inf on the STD path"
    #expect(finished.errors.contains(message), "\(finished.errors)")
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder("out")), "nothing is written")
  }

  /// A fixed gate says m1, filters and density itself; the baseline beside it is measured by its m1.
  @Test func aFixedGateSpeaksForItsBaseline() throws {
    let finished = try sandbox.train(
      "fixed",
      [
        "--max-steps", "2", "--set", "gate.matrix={fixed: {per_class: 5, shared: 14}}",
      ])
    #expect(finished.status == 0, "\(finished.errors)")
    let analyzed = try analyze("runs/fixed", "--baseline", "runs/plain", "--remove-classes", "2")
    let network = try network(analyzed)
    #expect(try value(network, "l1_density_interval") is NSNull)
    let density = try #require(try value(network, "l1_density") as? Double)
    #expect(abs(density - 19.0 / 64) < 1e-12)
    let removals = try #require(network["removals"] as? [[String: Any]])
    #expect(try value(removals.first, "filters") as? [Int] == Array(10..<15) + Array(50..<64))
    #expect(try value(network["correlation"], "m1") as? Int == 5)

    let document = try JSONSerialization.jsonObject(with: Data(analyzed.output.utf8))
    let baseline = try #require((document as? [String: Any])?["baseline"] as? [String: Any])
    #expect(try value(baseline["correlation"], "m1") as? Int == 5, "not 64 / 10")
    let between = try #require(try value(baseline["correlation"], "cic") as? Double)
    #expect(abs(between - (try betweenClasses("baseline", size: 5))) < 1e-9)
  }

  /// CIC by its definition, from `analysis.h5`, for ten classes.
  private func betweenClasses(_ group: String, size: Int) throws -> Double {
    let file = try HDF5File(reading: sandbox.folder("out/analysis.h5"))
    let labels = try file.dataset("labels").readAll(Int32.self)
    let features = try file.dataset("\(group)/features").readAll(Float.self)
    let correlation = try file.dataset("\(group)/filter_correlation").readAll(Double.self)
    let groups = (0..<10).map { c -> [Int] in
      let sums = (0..<64).map { k -> Double in
        labels.indices.reduce(0.0) { $0 + (labels[$1] == c ? Double(features[$1 * 64 + k]) : 0) }
      }
      return Array(sums.indices.sorted { (sums[$0], $1) > (sums[$1], $0) }.prefix(size))
    }
    var pairs: [Double] = []
    for (a, group) in groups.enumerated() {
      for (b, other) in groups.enumerated() where a != b {
        for i in group { pairs += other.map { j in correlation[i * 64 + j] } }
      }
    }
    return pairs.reduce(0, +) / Double(pairs.count)
  }
}
