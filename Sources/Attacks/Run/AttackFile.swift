import Core
import Foundation
import Storage

/// The file of an attack, there whole or not at all.
package enum AttackFile {
  /// Checks that a file may come to lie at `path`, where nothing but an attack may be lost by it, and makes the
  /// folder above.
  /// - Throws: `CSGError` 73; 66 or 74 where it cannot be told what is there.
  package static func requireWritable(_ path: String) throws {
    guard try [nil, .file].contains(FileSystem.kind(of: path)) else {
      throw CSGError(
        .cannotCreate, "\(path): is no file, but a folder or device", remedy: "name a file")
    }
    guard try isReplaceable(path) else {
      throw CSGError(
        .cannotCreate, "\(path): is there, and is no attack's",
        remedy: "name another --output, or remove it")
    }
    let folder = path.parentFolder
    if !folder.isEmpty { try AtomicFile.createFolder(folder) }
  }

  /// Whether there is nothing at `path`, or what an attack may have left: its file, whole or damaged.
  private static func isReplaceable(_ path: String) throws -> Bool {
    guard let size = try FileSystem.size(of: path), size > 0 else { return true }
    guard try HDF5File.isOfOurFormat(path) else { return false }
    do {
      return try HDF5File(reading: path).datasetNames().contains("adversarial")
    } catch let error as CSGError where error.isDamage {
      return true
    }
  }

  /// Channels, height and width of pictures.
  typealias Extent = (channels: Int, height: Int, width: Int)

  /// Writes it; `forEach` calls its body for each sample in order.
  /// - Throws: `CSGError` 73 or 74.
  static func write(
    to path: String, _ description: AttackDescription, _ summary: AttackSummary,
    extent: Extent, forEach: (_ body: (AttackedSample) throws -> Void) throws -> Void
  ) throws {
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File(creating: temporary, named: path)
      try writeAttributes(file, description, summary)
      try file.write(texts: description.classes, to: "classes")
      try RunRecord.write(description.agreements, to: file)
      let rows = try AttackRows(
        file, count: summary.samples, classes: description.classes.count, extent: extent)
      var columns = AttackColumns()
      try forEach {
        try rows.add($0)
        columns.add($0)
      }
      try rows.close()
      try columns.write(to: file)
      try file.close(verifying: temporary)
      try rows.verify(HDF5File(reading: temporary, named: path))
    }
  }

  private static func writeAttributes(
    _ file: HDF5File, _ description: AttackDescription, _ summary: AttackSummary
  ) throws {
    try file.setAttribute("format", summary.format)
    try file.setAttribute("version", summary.version)
    try file.setAttribute("method", summary.method)
    try file.setAttribute("target", summary.target)
    try file.setAttribute("selection", summary.selection)
    try file.setAttribute("seed", "\(summary.seed)")
    for setting in description.settings { try file.setAttribute(setting.name, setting.value) }
    try file.setAttribute("architecture", summary.architecture)
    try file.setAttribute("model_digest", summary.modelDigest)
    try file.setAttribute("data_fingerprint", summary.dataFingerprint)
    try file.setAttribute("warnings", summary.warnings.map(\.name).joined(separator: " "))
    try file.setAttribute("summary", String(decoding: summary.json, as: UTF8.self))
  }
}
