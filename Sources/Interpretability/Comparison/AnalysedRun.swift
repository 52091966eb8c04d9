import Core
import Foundation
import Inference

/// A run that was trained and analysed, as `compare` reads it: what its `metrics.json` says, and its
/// records where they lie beside.
package struct AnalysedRun: Sendable {
  /// As it was given, and the `metrics.json` that was found for it.
  package let path: String, file: String
  /// The run's name and seed; steps it was trained, and XXH3-128 of its state.
  package let name: String, seed: UInt64, step: Int, digest: String
  /// What it did, but for the seed.
  package let recipe: Recipe
  /// Digest of its training data.
  package let trainingData: String
  /// The split that it was analysed on.
  package let data: Split
  /// What was measured of it.
  package let measures: [ScalarMeasure]
  /// How it went; nil where there are no records of it.
  package let records: RunRecords?
  /// What makes its numbers others than its name says.
  let cautions: [String]

  /// A split of a data set.
  package struct Split: Codable, Sendable {
    /// What the data set is called; nil in older analyses.
    package let name: String?
    /// "train" or "test"; what the data set was made from; digest of its pictures and labels.
    package let split: String, source: String, fingerprint: String
    /// Samples.
    package let count: Int
  }

  private static let fileName = "metrics.json"
  private static let again = "analyze the run again"

  /// Reads the analysis at `given`: a folder with a `metrics.json`, or with one folder that has one.
  ///
  /// Records are those of this folder; of a folder with a `metrics.json` also those of the folder that it
  /// lies in, where they are the run's.
  /// - Throws: `CSGError` 66 where there is no analysis, 64 where there are several, 65 for one that is
  ///   damaged, of an older csg-dist, or of another run than the folder's.
  package init(at given: String) throws {
    let path = Self.withoutLastSlashes(given)
    self.path = path
    let folder = try Self.folder(of: path)
    file = "\(folder)/\(Self.fileName)"
    let document = try Self.document(file)
    let origin = document.network.origin
    let configuration = try Self.configuration(origin, file)
    let values = configuration.values
    (step, digest, data) = (origin.step, origin.digest, document.data)
    (name, seed, recipe) = (values.name, values.seed, configuration.recipe)
    let splits = (origin.data_fingerprint ?? "").split(separator: "\n")
    trainingData = splits.first { $0.hasPrefix("train ") }.map(String.init) ?? ""
    measures = ScalarMeasure.all(in: document.network.tree)
    let directory = try Self.directory(
      in: path, folder: folder, file: file, seed: seed, recipe: recipe)
    records = try directory.flatMap { [step] in try RunRecords(run: $0.path, upTo: step) }
    let changes = origin.changes ?? []
    let change =
      changes.isEmpty
      ? nil
      : "was changed on the way (\(changes.joined(separator: "; "))): a run of its recipe from the start is another"
    let delay = try directory.flatMap { [step, digest] in
      try Self.caution($0, step: step, digest: digest)
    }
    cautions = [change, delay].compactMap { $0 }
  }

  // MARK: Where it lies

  private static func withoutLastSlashes(_ path: String) -> String {
    let rest = path.reversed().drop { $0 == "/" }
    return rest.isEmpty ? path : String(rest.reversed())
  }

  private static func folder(of path: String) throws -> String {
    guard try FileSystem.kind(of: path) == .folder else {
      throw CSGError(.noInput, "\(path): no such folder", remedy: "name an analysed run")
    }
    func holds(_ folder: String) throws -> Bool {
      try FileSystem.kind(of: "\(folder)/\(fileName)") == .file
    }
    if try holds(path) { return path }
    let below = try FileSystem.texts(in: path).map { "\(path)/\($0)" }.filter { try holds($0) }
    guard let only = below.first else {
      throw CSGError(
        .noInput, "\(path): no analysis: neither \(path)/\(fileName) nor one in a folder below it",
        remedy: "run csg-dist analyze \(path) --data DIR --output \(path)/analysis")
    }
    guard below.count == 1 else {
      throw CSGError(
        .usage, "\(path): holds several analyses: \(below.joined(separator: ", "))",
        remedy: "name one of them")
    }
    return only
  }

  /// What is to be known of an analysis of step `step` beside the checkpoints of its run.
  private static func caution(_ directory: RunDirectory, step: Int, digest: String) throws
    -> String?
  {
    guard let newest = try directory.checkpointSteps().first else { return nil }
    guard newest == step else {
      return "was analysed after step \(step), and its newest checkpoint is of step \(newest)"
    }
    // One that is damaged is no matter here.
    let checkpoint = try? RunDirectory.read(at: directory.path).checkpoint
    guard let checkpoint, checkpoint.stateDigest.description != digest else { return nil }
    return "was trained anew after it was analysed: its checkpoint of step \(step) is another"
  }

  /// The run's directory, where its records are there; `config.yaml` beside them says whose they are.
  private static func directory(
    in path: String, folder: String, file: String, seed: UInt64, recipe: Recipe
  ) throws -> RunDirectory? {
    let places = folder == path ? [path, "\(path)/.."] : [path]
    for place in places.map(RunDirectory.init)
    where try FileSystem.kind(of: place.metrics) == .file {
      let isKnown = try FileSystem.kind(of: place.configuration) == .file
      if isKnown {
        let theirs = try ResolvedConfiguration(file: place.configuration)
        // More epochs may have been asked for since.
        if theirs.values.seed == seed, theirs.recipe.without("epochs") == recipe.without("epochs") {
          return place
        }
        guard place.path != path else {
          throw CSGError.data(
            file, "is of another run than \(place.configuration)", remedy: again)
        }
      } else if place.path == path {
        return place
      }
    }
    return nil
  }

  // MARK: What it says

  private struct Document: Decodable {
    let format: String, version: Int
    let data: Split, network: Network

    struct Network: Decodable {
      let origin: Origin, tree: JSONTree

      init(from decoder: any Decoder) throws {
        tree = try JSONTree(from: decoder)
        origin = try decoder.container(keyedBy: CodingKeys.self)
          .decode(Origin.self, forKey: .origin)
      }

      enum CodingKeys: CodingKey { case origin }
    }

    /// The last two are null for imported weights, and missing in older files.
    struct Origin: Decodable {
      let step: Int, digest: String
      let configuration: String?, data_fingerprint: String?
      /// Missing in older files.
      let changes: [String]?
      let isOlder: Bool

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        step = try container.decode(Int.self, forKey: .step)
        digest = try container.decode(String.self, forKey: .digest)
        configuration = try container.decodeIfPresent(String.self, forKey: .configuration)
        data_fingerprint = try container.decodeIfPresent(String.self, forKey: .data_fingerprint)
        changes = try container.decodeIfPresent([String].self, forKey: .changes)
        isOlder = !container.contains(.configuration)
      }

      enum CodingKeys: CodingKey { case step, digest, configuration, data_fingerprint, changes }
    }
  }

  private struct Header: Decodable { let format: String, version: Int }

  private static func document(_ file: String) throws -> Document {
    guard let bytes = try FileSystem.contents(of: file) else {
      throw CSGError(.noInput, "\(file): no such file")
    }
    let decoder = JSONDecoder()
    guard let header = try? decoder.decode(Header.self, from: Data(bytes)),
      header.format == Metrics.formatName
    else { throw CSGError.data(file, "is no analysis of csg-dist, or is damaged", remedy: again) }
    guard header.version <= Metrics.formatVersion else { throw CSGError.newer(file) }
    do {
      return try decoder.decode(Document.self, from: Data(bytes))
    } catch is DecodingError {
      throw CSGError.data(file, "is damaged, or was edited", remedy: again)
    }
  }

  private static func configuration(_ origin: Document.Origin, _ file: String) throws
    -> ResolvedConfiguration
  {
    guard !origin.isOlder else {
      throw CSGError.data(
        file, "was written by an older csg-dist, without the run's configuration", remedy: again)
    }
    guard let text = origin.configuration else {
      throw CSGError.data(
        file, "is of imported weights: how they were trained is not known",
        remedy: "name analyses of trained runs")
    }
    return try ResolvedConfiguration(text: text, origin: file)
  }
}
