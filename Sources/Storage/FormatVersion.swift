import Core

extension HDF5File {
  /// Checks that the file's format is of a version that is known. Its number is the attribute `version`, or
  /// `format` where `version` is the program's, a text. Older files without either pass.
  /// - Throws: `CSGError` 65.
  package func requireVersion(upTo newest: Int) throws {
    for name in ["version", "format"] {
      if let version = try number(name), version > newest { throw CSGError.newer(path) }
    }
  }
}
