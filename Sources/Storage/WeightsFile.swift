import Core
import Foundation

/// A file of weights from elsewhere: safetensors, or the index of several (`model.safetensors.index.json`).
///
/// Source of the index: https://huggingface.co/docs/safetensors, "weight_map": each tensor's file, beside it.
package enum WeightsFile {
  /// Whether a path is taken for weights, not for a checkpoint, by its name.
  package static func isNamed(_ path: String) -> Bool {
    [".safetensors", ".json", ".pth", ".pt", ".bin", ".ckpt", ".tar", ".zip", ".html"]
      .contains { path.hasSuffix($0) }
  }

  /// The tensors in name order; those whose name `isPassedOver` takes are left out.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is something else (with the command that
  ///   helps), one part of several, or unsound.
  package static func tensors(_ path: String, passingOver isPassedOver: (String) -> Bool) throws
    -> [NamedTensor]
  {
    if try FileSystem.kind(of: path) == .folder { throw try folder(path) }
    if try isIndex(path) { return try parts(of: path, passingOver: isPassedOver) }
    if let fault = try part(path) { throw fault }
    return try Safetensors.weights(path, passingOver: isPassedOver)
  }

  /// What a file of weights says of itself beside its tensors; an index says nothing.
  /// - Throws: As `tensors(_:passingOver:)`.
  package static func metadata(_ path: String) throws -> [String: String] {
    guard try FileSystem.kind(of: path) != .folder, try !isIndex(path) else { return [:] }
    return try Safetensors.metadata(path)
  }

  private static func folder(_ path: String) throws -> CSGError {
    let names = try FileSystem.texts(in: path)
    let file =
      names.first { $0.hasSuffix(".safetensors.index.json") }
      ?? names.first { $0.hasSuffix(".safetensors") }
    return CSGError(
      .noInput, "\(path): is a folder, not a file",
      remedy: file.map { "name \(path)/\($0)" } ?? "name a .safetensors file")
  }

  /// `model-00001-of-00002.safetensors`, of whose tensors the others lie elsewhere.
  private static func part(_ path: String) throws -> CSGError? {
    let name = (path as NSString).lastPathComponent
    guard let match = name.wholeMatch(of: /(.+)-([0-9]{5})-of-([0-9]{5})\.safetensors/),
      let number = Int(match.2), let parts = Int(match.3), parts > 1
    else { return nil }
    return .data(
      path, "is part \(number) of \(parts)",
      remedy: "name their index, \(match.1).safetensors.index.json, beside all of them")
  }

  private struct Index: Decodable { let weight_map: [String: String] }

  private static let indexLimitBytes = 100_000_000

  private static func isIndex(_ path: String) throws -> Bool {
    guard path.hasSuffix(".json") else { return false }
    return try FileSystem.size(of: path) ?? 0 <= indexLimitBytes
  }

  private static func parts(of path: String, passingOver isPassedOver: (String) -> Bool) throws
    -> [NamedTensor]
  {
    guard let bytes = try FileSystem.contents(of: path) else {
      throw CSGError(.noInput, "\(path): no such file")
    }
    guard let index = try? JSONDecoder().decode(Index.self, from: Data(bytes)) else {
      throw ForeignWeights.fault(bytes, at: path)
        ?? .data(
          path, "is JSON, but no index of safetensors: it has no weight_map",
          remedy: "name the .safetensors file")
    }
    let folder = path.parentFolder.isEmpty ? "" : "\(path.parentFolder)/"
    var tensors: [NamedTensor] = []
    for (file, listed) in Dictionary(grouping: index.weight_map.keys, by: { index.weight_map[$0] })
      .map({ ($0.key ?? "", $0.value) }).sorted(by: { $0.0 < $1.0 })
    {
      guard !file.contains("/"), file.hasSuffix(".safetensors") else {
        throw CSGError.data(path, "names '\(file)', which is no .safetensors file beside it")
      }
      let found = try Safetensors.weights("\(folder)\(file)", passingOver: isPassedOver)
      let expected = Set(listed.filter { !isPassedOver($0) })
      let names = Set(found.map(\.name))
      if let missing = expected.subtracting(names).min() {
        throw CSGError.data("\(folder)\(file)", "lacks '\(missing)', which \(path) says is in it")
      }
      if let more = names.subtracting(expected).min() {
        throw CSGError.data(
          "\(folder)\(file)", "holds '\(more)', which \(path) does not say is in it")
      }
      tensors += found
    }
    return tensors.sorted { $0.name < $1.name }
  }
}
