import Core
import Foundation
import Storage

/// Adds to a shard that is in use: a copy is changed and put in its place.
struct ShardUpdate {
  let folder: String, file: String

  /// Adds the digests of its samples.
  /// - Throws: `CSGError` 73 or 74; the shard is then as it was.
  func add(_ digests: SampleDigests) throws {
    let path = "\(folder)/\(file)"
    try AtomicFile.write(to: path) { temporary in
      do {
        try FileManager.default.copyItem(atPath: path, toPath: temporary)
      } catch {
        throw CSGError(
          .inputOutput, "\(path): cannot be copied beside itself: \(error.localizedDescription)",
          remedy: "look for space and rights in \(folder)")
      }
      let copy = try HDF5File(updating: temporary, named: path)
      // There already where an update did not come to its end; the manifest's digest will tell whether
      // they are these.
      if try !copy.datasetNames().contains(SampleDigests.samplesName) {
        try digests.write(to: copy)
      }
      try copy.close(verifying: temporary)
    }
  }
}
