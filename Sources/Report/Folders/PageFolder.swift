import Core
import Foundation
import Storage

/// A folder of documents with a page. The page goes first and comes last: where there is one, everything
/// beside it belongs to it.
struct PageFolder {
  let path: String, page: String

  /// Checks that files can be created there, before hours of work, and leaves everything as it was.
  /// - Throws: `CSGError` 73.
  func requireWritable() throws {
    var missing: [String] = []
    var place = path
    while !place.isEmpty, try !FileSystem.exists(place) {
      missing.append(place)
      place = place.parentFolder
    }
    // A folder that meanwhile is used stays.
    defer { for folder in missing { _ = rmdir(folder) } }
    try AtomicFile.createFolder(path)
    let probe = "\(path)/.probe.\(getpid()).partial"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let fault = FileSystem.fault("create", probe, errno, refused: .cannotCreate)
      throw CSGError(
        fault.exitCode, "\(path): no file can be created there: \(fault.message)",
        remedy: fault.remedy)
    }
    close(descriptor)
    _ = unlink(probe)
  }

  /// Puts the page, and what `writeOthers` writes beside it, in place of those of earlier times. What ended
  /// processes left half-written of the page and of `others` is removed.
  /// - Throws: `CSGError` 73 or 74, and what `writeOthers` throws.
  func replace(by html: [UInt8], others: [String], writeOthers: () throws -> Void) throws {
    try AtomicFile.createFolder(path)
    try AtomicFile.sweep(path, .ofEndedProcesses) { (others + [page, "probe"]).contains($0) }
    let file = "\(path)/\(page)"
    guard unlink(file) == 0 || errno == ENOENT else {
      throw CSGError(
        .inputOutput, "\(file): cannot be removed: \(String(cString: strerror(errno)))",
        remedy: "check its rights")
    }
    try writeOthers()
    try AtomicFile.write(html, to: file)
  }
}
