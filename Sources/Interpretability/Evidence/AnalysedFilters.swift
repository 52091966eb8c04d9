import Core
import Foundation
import Inference
import Storage

/// What an analysis has found of each filter of a checkpoint.
package struct AnalysedFilters: Sendable {
  /// The folder of the analysis.
  package let folder: String
  /// Mean activation [K] over the samples that were analysed; mutual information M [K][C] in nats.
  package let means: [Double], information: [[Double]]
  /// Whether a filter's largest M is above what chance gives [K]; nil where the analysis does not say.
  package let isAboveChance: [Bool?]

  /// The analyses that lie in a run directory, or in a folder just below; none for anything else.
  package static func folders(in run: String) throws -> [String] {
    guard try FileSystem.kind(of: run) == .folder else { return [] }
    let below = try FileSystem.texts(in: run).map { "\(run)/\($0)" }
    return try ([run] + below).filter {
      try FileSystem.kind(of: "\($0)/metrics.json") == .file
        && FileSystem.kind(of: "\($0)/analysis.h5") == .file
    }
  }

  private struct Document: Decodable {
    let format: String, network: Network
    struct Network: Decodable {
      let origin: Origin, answers: [Answer]?

      enum CodingKeys: String, CodingKey {
        case origin
        case answers = "filter_classes"
      }
    }
    struct Answer: Decodable {
      let isAboveChance: Bool?

      enum CodingKeys: String, CodingKey { case isAboveChance = "above_chance" }
    }
    struct Origin: Decodable { let digest: String }
  }

  /// Whether the analysis in a folder is of this very state.
  /// - Throws: `CSGError` 65 or 66 where there is none, or it is damaged.
  package static func isOf(_ checkpoint: Checkpoint, folder: String) throws -> Bool {
    try document(folder).network.origin.digest == checkpoint.stateDigest.description
  }

  private static func document(_ folder: String) throws -> Document {
    let file = "\(folder)/metrics.json"
    guard let bytes = try FileSystem.contents(of: file) else {
      throw CSGError(.noInput, "\(file): no such file", remedy: "name a folder that analyze wrote")
    }
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
      document.format == Metrics.formatName
    else { throw CSGError.data(file, "is no analysis of csg-dist, or is damaged") }
    return document
  }

  /// Reads the analysis in a folder, of a network of so many classes.
  /// - Throws: `CSGError` 65 or 66.
  package init(folder: String, classes: Int) throws {
    let path = "\(folder)/analysis.h5"
    let table = try AnalysisFile.features(reading: path)
    let dataset = try HDF5File(reading: path).dataset("network/mutual_information")
    guard dataset.shape == [table.filters, classes] else {
      throw CSGError.data(
        path,
        "has mutual information of \(dataset.shape), not of \(table.filters) filters and "
          + "\(classes) classes")
    }
    let values = try dataset.readAll(Double.self)
    self.folder = folder
    information = (0..<table.filters).map { Array(values[$0 * classes..<($0 + 1) * classes]) }
    var sums = [Double](repeating: 0, count: table.filters)
    for sample in 0..<table.count {
      for k in 0..<table.filters { sums[k] += Double(table.values[sample * table.filters + k]) }
    }
    means = sums.map { $0 / Double(table.count) }
    let answers = try Self.document(folder).network.answers
    isAboveChance = means.indices.map { k in
      answers.flatMap { $0.indices.contains(k) ? $0[k].isAboveChance : nil }
    }
  }
}
