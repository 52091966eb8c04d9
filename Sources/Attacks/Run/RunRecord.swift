import Communicator
import Core
import Foundation
import Storage

/// What a file's content depends on, kept in it by name, so that who finds it knows whether it is of the
/// same run.
package enum RunRecord {
  private static let dataset = "run"

  /// As bytes: JSON, a list of names and values.
  static func bytes(_ run: [Agreement]) throws -> [UInt8] {
    [UInt8](try JSONEncoder().encode(run.map { [$0.name, $0.value] }))
  }

  /// Where what `bytes(_:)` made is of another run, the first difference in words.
  /// - Throws: `CSGError` 65 where it is nothing of the kind.
  static func difference(_ run: [Agreement], from bytes: [UInt8], at path: String) throws
    -> String?
  {
    guard let theirs = try? JSONDecoder().decode([[String]].self, from: Data(bytes)) else {
      throw CSGError.data(path, "does not say which run it is of", remedy: "remove it")
    }
    let ours = run.map { [$0.name, $0.value] }
    guard ours != theirs else { return nil }
    let different = zip(ours, theirs).first { $0 != $1 }
    return different.map { ours, theirs in
      "\(ours[0]) is \(theirs.last ?? "nothing") there, \(ours[1]) here"
    } ?? "it has other settings"
  }

  /// Writes it into a file that is being made.
  package static func write(_ run: [Agreement], to file: HDF5File) throws {
    let bytes = try bytes(run)
    try file.write(bytes, shape: [bytes.count], chunk: [bytes.count], to: dataset)
  }

  /// Whether rank 0 finds the file at `path`, of this run. Collective.
  /// - Throws: `CSGError` 78 where it is of another run; 65 where it is damaged, or says nothing of runs.
  package static func isThere(_ run: [Agreement], at path: String, _ communicator: Communicator)
    throws -> Bool
  {
    var found = false
    try communicator.onRoot { found = try isThere(run, at: path) }
    return try communicator.broadcast("\(found)") == "true"
  }

  /// Whether the file at `path` is there, and of this run.
  /// - Throws: `CSGError` 78 where it is of another run; 65 where it is damaged, or says nothing of runs.
  package static func isThere(_ run: [Agreement], at path: String) throws -> Bool {
    guard try FileSystem.exists(path) else { return false }
    let file = try HDF5File(reading: path)
    try file.requireVersion(upTo: AttackSummary.newestFormat)
    let bytes = try file.dataset(dataset).readAll(UInt8.self)
    if let difference = try difference(run, from: bytes, at: path) {
      throw CSGError(
        .configuration, "\(path): is of another run: \(difference)",
        remedy: "give the same command, remove it, or name another --output")
    }
    return true
  }
}
