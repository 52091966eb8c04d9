import Core
import Foundation
import Storage

/// A timeline of a run that somebody asked for.
package struct TraceRequest: Sendable {
  /// Where it goes: rank 0's.
  package let path: String
  /// Steps of the whole run, from 1, whose spans it has; nil: all.
  package let steps: ClosedRange<Int>?

  /// A timeline of some steps at `path`.
  package init(path: String, steps: ClosedRange<Int>?) { (self.path, self.steps) = (path, steps) }

  /// Looks whether a file can be put at its place, whose folder is made.
  /// - Throws: `CSGError` 73.
  func requirePlace() throws {
    let folder = path.parentFolder.isEmpty ? "." : path.parentFolder
    try AtomicFile.createFolder(folder)
    guard try FileSystem.kind(of: path) != .folder else {
      throw CSGError(.cannotCreate, "\(path): is a folder", remedy: "name a file")
    }
    guard access(folder, W_OK) == 0 else {
      throw FileSystem.fault("create", path, errno, refused: .cannotCreate)
    }
  }

  /// Steps told as `A..B`, or one as `A`; nil where the text is none of these.
  package static func steps(_ text: String) -> ClosedRange<Int>? {
    let ends = text.split(separator: "..", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
      first > 0, first <= last
    else { return nil }
    return first...last
  }
}
