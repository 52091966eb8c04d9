import Core

/// The files of pictures that a list of files and folders means, in its order; below a folder as
/// `prepare image-folder` walks, in the order of the paths' bytes.
package struct PictureFiles: Sendable {
  /// The pictures' paths. A file that is named itself is taken for one.
  package private(set) var paths: [String] = []
  /// Pictures below folders that cannot be had by their names, and why.
  package private(set) var faults: [CSGError] = []
  /// What else lies below folders.
  package private(set) var passedOver: [PassedOver] = []

  /// Looks through files and folders; none is decoded yet.
  /// - Throws: `CSGError` 66 where one is missing, 65 where a folder holds no picture, or links that lead round.
  package init(_ places: [String]) throws {
    for place in places {
      guard let kind = try FileSystem.kind(of: place) else {
        throw CSGError(.noInput, "\(place): no such picture or folder", remedy: "check the path")
      }
      guard kind == .folder else {
        paths.append(place)
        continue
      }
      let parts = place.split(separator: "/")
      let name = parts.last.map(String.init) ?? "."
      let root = place.hasPrefix("/") && parts.count < 2 ? "" : place.parentFolder
      let walk = try FolderWalk(
        root: root.isEmpty && !place.hasPrefix("/") ? "." : root, place: name)
      guard !walk.pictures.isEmpty || !walk.faults.isEmpty else {
        let others = PassedOver.lines(walk.passedOver).joined(separator: "; ")
        throw CSGError.data(
          place, "holds no JPEG or PNG files" + (others.isEmpty ? "" : ", but \(others)"))
      }
      let prefix = place.hasSuffix("/") ? place : "\(place)/"
      paths += walk.pictures.map { prefix + $0.dropFirst(name.count + 1) }
      faults += walk.faults
      passedOver += walk.passedOver
    }
  }

  /// Every picture's path and size, for ranks to compare.
  package func agreements() throws -> [Agreement] {
    try paths.map { path in
      let size = try FileSystem.size(of: path).map { "\($0) bytes" }
      return Agreement(path, size ?? "a link that leads nowhere", exitCode: .data)
    }
  }
}
