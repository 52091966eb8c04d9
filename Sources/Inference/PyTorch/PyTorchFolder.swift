import Core
import Foundation
import Storage

/// A folder that is a network for PyTorch: `weights.safetensors`, which describes itself, and `load.py`.
package struct PyTorchFolder {
  private let path: String
  private var weights: String { "\(path)/weights.safetensors" }
  private var script: String { "\(path)/load.py" }

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  /// Checks that nothing is there but what an export wrote.
  /// - Throws: `CSGError` 73 that names what is in the way.
  private func requireOwn() throws {
    guard try FileSystem.kind(of: path) ?? .folder == .folder else {
      throw CSGError(.cannotCreate, "\(path): is no folder", remedy: "name another one")
    }
    func isOurs(_ file: String, _ tells: () throws -> Bool) throws {
      guard try FileSystem.kind(of: file) != nil else { return }
      guard try FileSystem.kind(of: file) == .file, (try? tells()) == true else {
        throw CSGError(
          .cannotCreate, "\(file): is there, and no export of csg-dist has written it",
          remedy: "name another folder")
      }
    }
    try isOurs(script) {
      try FileSystem.contents(of: script)?.starts(with: LoadScript.beginning.utf8) ?? false
    }
    try isOurs(weights) { Checkpoint.isExport(try Safetensors.metadata(weights)) }
  }

  /// Writes both, in place of those of an earlier export. `load.py` goes first and comes last: where it is,
  /// the weights are whole and its own. Classes without names are called `class 0`, ….
  /// - Throws: `CSGError` 73 where files are in the way that are no export's, 74.
  package func write(
    _ checkpoint: Checkpoint, preprocessing: Preprocessing, as precision: Safetensors.Precision,
    hasGate: Bool
  ) throws {
    try requireOwn()
    try AtomicFile.createFolder(path)
    var described = checkpoint
    described.preprocessing = preprocessing
    described.classNames =
      checkpoint.classNames ?? (0..<checkpoint.classes).map { "class \($0)" }
    try FileSystem.remove(script)
    try Safetensors.write(
      StateDict.tensors(of: described, hasGate: hasGate), as: precision,
      metadata: described.metadata, to: weights)
    try AtomicFile.write(Array("\(LoadScript.text)\n".utf8), to: script)
  }
}
