import Core
import Storage

/// Adds to a shard that is in use: a copy is changed and put in its place.
struct ShardUpdate {
  let folder: String, file: String

  /// Adds the digests of its samples, in place of others if there are some.
  /// - Throws: `CSGError` 73 or 74; the shard is then as it was.
  func add(_ digests: SampleDigests) throws {
    let path = "\(folder)/\(file)"
    try AtomicFile.write(to: path) { temporary in
      try AtomicFile.copy(path, to: temporary)
      let copy = try HDF5File(updating: temporary, named: path)
      // There already where an update did not come to its end.
      let names = [SampleDigests.samplesName, SampleDigests.masksName]
      for name in try copy.datasetNames() where names.contains(name) { try copy.remove(name) }
      try digests.write(to: copy)
      try copy.close(verifying: temporary)
    }
  }
}
