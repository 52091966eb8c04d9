import Core
import Foundation
import Interpretability
import Storage
import TestSupport
import Testing

/// How an analysed run is found and read.
@Suite struct AnalysedRunTests {
  private let made: AnalysedFolder

  init() throws { made = try AnalysedFolder() }

  private func expect(
    _ code: ExitCode, _ parts: String..., location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CSGError.self, sourceLocation: location) {
      try AnalysedRun(at: made.folder("run"))
    }
    #expect(error?.exitCode == code, "\(String(describing: error))", sourceLocation: location)
    for part in parts {
      #expect(
        error?.description.contains(part) == true, "\(String(describing: error))",
        sourceLocation: location)
    }
  }

  @Test func anAnalysisIsFoundInItsFolderOrOneBelow() throws {
    expect(.noInput, "no such folder")
    try made.folder.write("run/config.yaml", "")
    expect(.noInput, "run/metrics.json", "in a folder below it", "csg-dist analyze")
    try made.write("run/one", .init(seed: 3))
    #expect(try AnalysedRun(at: made.folder("run")).seed == 3)
    #expect(try AnalysedRun(at: made.folder("run/one")).seed == 3)
    #expect(try AnalysedRun(at: made.folder("run/one//")).path == made.folder("run/one"))
    try made.write("run/two", .init())
    expect(.usage, "several analyses", "run/one", "run/two")
    try made.write("run", .init(seed: 5))
    #expect(try AnalysedRun(at: made.folder("run")).seed == 5, "the folder's own counts")
  }

  /// Every number with a definition is read, wherever it stands; those of lists are not the network's.
  @Test func measuresAreThoseWithADefinition() throws {
    var json = try AnalysedFolder.Run().metrics()
    var network = try #require(json["network"] as? [String: Any])
    func measure(_ value: Any) -> [String: Any] { ["definition": "d", "value": value] }
    network["later"] = ["deep": ["er": measure(7)]]
    network["whole"] = measure(2)
    network["list"] = measure([1, 2])
    network["missing"] = measure(NSNull())
    network["flag"] = measure(true)
    network["removals"] = [["accuracy": measure(0.25)]]
    json["network"] = network
    try made.write("run/metrics.json", json: json)
    let run = try AnalysedRun(at: made.folder("run"))
    #expect(run.measures.map(\.name) == ["accuracy", "later.deep.er", "missing", "whole"])
    #expect(run.measures.map(\.value) == [0.5, 7, nil, 2])
    #expect(run.value(of: "whole") == 2 && run.value(of: "none") == nil)
  }

  @Test func whatIsNoAnalysisIsRefused() throws {
    try made.folder.write("run/metrics.json", "{")
    expect(.data, "no analysis of csg-dist, or is damaged")
    var json = try AnalysedFolder.Run().metrics()
    json["version"] = 2
    try made.write("run/metrics.json", json: json)
    expect(.data, "newer csg-dist")
    json["version"] = 1
    json["data"] = ["split": "test"]
    try made.write("run/metrics.json", json: json)
    expect(.data, "damaged", "analyze the run again")
    let imported: [String: Any?] = ["configuration": NSNull(), "data_fingerprint": NSNull()]
    try made.write("run/metrics.json", json: AnalysedFolder.Run().metrics(origin: imported))
    expect(.data, "imported weights")
    let older: [String: Any?] = ["configuration": nil]
    try made.write("run/metrics.json", json: AnalysedFolder.Run().metrics(origin: older))
    expect(.data, "older csg-dist", "analyze the run again")
  }

  /// Records are the run's where the configuration beside them says so.
  @Test func recordsOfAnotherRunAreNotTaken() throws {
    let record =
      #"{"density":0.5,"epoch":0,"kind":"epoch","path":"standard","seconds":1,"step":4,"#
      + #""test_accuracy":0.25,"test_loss":2,"train_accuracy":0.5,"train_loss":1.5}"# + "\n"
    let run = AnalysedFolder.Run(seed: 2, sets: ["epochs=3"])
    try made.write("run/analysis", run)
    func read(_ name: String = "run") throws -> Int? {
      try AnalysedRun(at: made.folder(name)).records?.epochs.count
    }
    #expect(try read() == nil)
    try made.folder.write("run/metrics.jsonl", record + record.replacing("4", with: "8"))
    #expect(try read() == 1, "up to the step that was analysed")
    #expect(try read("run/analysis") == nil, "nothing says that the folder above is the run's")
    try made.folder.write("run/config.yaml", run.configuration)
    #expect(try read() == 1)
    #expect(try read("run/analysis") == 1)
    try made.folder.write(
      "run/config.yaml", AnalysedFolder.Run(seed: 1, sets: ["epochs=3"]).configuration)
    expect(.data, "is of another run than", "run/config.yaml")
    #expect(try read("run/analysis") == nil)
  }

  /// An analysis that its run has left behind.
  @Test func anOlderAnalysisIsTold() throws {
    let run = AnalysedFolder.Run()
    var checkpoint = Checkpoint(
      architecture: "resnet8", classes: 2, channels: 1,
      parameters: [NamedTensor(name: "w", shape: [1], values: [1])], buffers: [], gate: nil)
    checkpoint.step = run.step
    try made.write(
      "run/analysis/metrics.json",
      json: run.metrics(origin: ["digest": checkpoint.stateDigest.description]))
    try made.folder.write("run/config.yaml", run.configuration)
    try made.folder.write("run/metrics.jsonl", "")
    func warnings() throws -> [String] {
      try Comparison([AnalysedRun(at: made.folder("run"))], baseline: nil).warnings.filter {
        $0.contains("was analysed after step") || $0.contains("was trained anew")
      }
    }
    func save(step: Int) throws {
      try made.folder.write("run/checkpoints/.keep", "")
      try checkpoint.write(to: made.folder("run/checkpoints/step-00000000\(step).h5"))
    }
    #expect(try warnings().isEmpty)
    try save(step: 4)
    #expect(try warnings().isEmpty)
    checkpoint.parameters[0] = NamedTensor(name: "w", shape: [1], values: [2])
    try FileManager.default.removeItem(atPath: made.folder("run/checkpoints/step-000000004.h5"))
    try save(step: 4)
    #expect(try warnings().first?.contains("its checkpoint of step 4 is another") == true)
    checkpoint.step = 9
    try save(step: 9)
    #expect(
      try warnings() == [
        "\(made.folder("run")): was analysed after step 4, and its newest checkpoint is of step 9"
      ])
  }
}
