import Core
import Foundation
import Storage

/// The sheets of an analysis: what each filter answers to, as PNG.
struct SheetFolder {
  /// `OUTPUT/filters`.
  let path: String

  init(in output: String) { path = "\(output)/filters" }

  /// Puts sheets in place of those of an earlier analysis; without any, the folder goes.
  /// - Throws: `CSGError` 73 or 74.
  func replace(by sheets: [(name: String, bytes: [UInt8])]) throws {
    if try FileSystem.exists(path) {
      try AtomicFile.sweep(path, .ofEndedProcesses, of: Self.isOurs)
      let names = Set(sheets.map(\.name))
      for old in try FileSystem.texts(in: path) where Self.isOurs(old) && !names.contains(old) {
        try FileSystem.remove("\(path)/\(old)")
      }
      // A folder that holds something else stays.
      if sheets.isEmpty { _ = rmdir(path) }
    }
    guard !sheets.isEmpty else { return }
    try AtomicFile.createFolder(path)
    for (name, bytes) in sheets { try AtomicFile.write(bytes, to: "\(path)/\(name)") }
  }

  private static func isOurs(_ file: String) -> Bool {
    file.wholeMatch(of: /filters-[0-9]+\.png/) != nil
  }
}
