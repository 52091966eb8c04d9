import Core
import Foundation
import Interpretability
import TestSupport

/// Folders of analysed runs, made by hand.
struct AnalysedFolder {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A run: its seed, what its configuration sets beside, and what was measured of it.
  struct Run {
    var name = "tiny", seed = 0, sets: [String] = []
    var measures: [String: Double?] = ["accuracy": 0.5]
    var nested: [String: [String: Double]] = [:]
    var split = "test", fingerprint = "f", trained = "train t\ntest f", step = 4
    var definition = "of the measure"

    var configuration: String {
      get throws {
        try ResolvedConfiguration(sets: sets + ["name=\(name)", "seed=\(seed)"]).text
      }
    }

    /// What `analyze` would write of it; `origin` replaces keys.
    func metrics(origin changes: [String: Any?] = [:]) throws -> [String: Any] {
      let digest = "\(seed) \(sets) \(measures)"
      var origin: [String: Any] = [
        "step": step, "digest": digest, "seed": seed, "configuration": try configuration,
        "data_fingerprint": trained,
      ]
      for (key, value) in changes { origin[key] = value }
      var network: [String: Any] = ["origin": origin, "similarity": NSNull()]
      for (name, value) in measures {
        network[name] = ["definition": definition, "value": value.map { $0 as Any } ?? NSNull()]
      }
      for (group, values) in nested {
        network[group] = values.mapValues {
          ["definition": definition, "value": $0] as [String: Any]
        }
      }
      let data: [String: Any] = [
        "split": split, "source": "some", "fingerprint": fingerprint, "count": 10,
      ]
      return [
        "format": "csg-dist metrics", "version": 1, "data": data, "network": network,
        "baseline": NSNull(),
      ]
    }
  }

  /// Writes the run's analysis into a folder of this name, and returns its path.
  @discardableResult
  func write(_ name: String, _ run: Run) throws -> String {
    try write("\(name)/metrics.json", json: run.metrics())
    return folder(name)
  }

  func write(_ name: String, json: [String: Any]) throws {
    try folder.write(name, [UInt8](try JSONSerialization.data(withJSONObject: json)))
  }

  /// Writes runs and reads them back.
  func read(_ runs: [Run]) throws -> [AnalysedRun] {
    try runs.enumerated().map { try AnalysedRun(at: write("run-\($0)", $1)) }
  }
}
