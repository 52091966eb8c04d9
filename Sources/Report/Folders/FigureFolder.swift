import Core
import Figures
import Foundation
import Storage

/// The figures of an analysis as files: each as SVG and as PNG.
struct FigureFolder {
  /// `OUTPUT/figures`.
  let path: String

  init(in output: String) { path = "\(output)/figures" }

  /// A file's name and what is in it.
  typealias File = (name: String, bytes: [UInt8])

  /// The files of figures.
  /// - Throws: `CSGError` 1.
  static func files(of figures: [Figure]) throws -> [File] {
    try figures.flatMap { figure in
      [("\(figure.name).svg", try figure.svg()), ("\(figure.name).png", try figure.png())]
    }
  }

  /// What a figure without the filters of some classes is called; long lists are told by a digest.
  static func removalName(_ classes: [Int]) -> String {
    let labels = classes.map(String.init).joined(separator: "-")
    guard labels.utf8.count > 16 else { return "removal-\(labels)" }
    let digest = DigestBuilder()
    digest.update(labels)
    return "removal-\(classes.count)-classes-\(digest.digest())"
  }

  /// Puts files in place of those of an earlier analysis.
  /// - Throws: `CSGError` 73 or 74.
  func replace(by files: [File]) throws {
    try AtomicFile.createFolder(path)
    try AtomicFile.sweep(path, .ofEndedProcesses, of: Self.isOurs)
    let names = Set(files.map(\.name))
    for old in try FileSystem.texts(in: path)
    where Self.isOurs(old) && !names.contains(old) {
      try FileSystem.remove("\(path)/\(old)")
    }
    for (name, bytes) in files { try AtomicFile.write(bytes, to: "\(path)/\(name)") }
  }

  /// Whether a file has a name that an analysis gives to figures.
  private static func isOurs(_ file: String) -> Bool {
    let parts = file.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "svg" || parts[1] == "png" else { return false }
    let removal = /removal-(?:[0-9]+(?:-[0-9]+)*|[0-9]+-classes-[0-9a-f]{32})/
    return Self.names.contains(String(parts[0])) || parts[0].wholeMatch(of: removal) != nil
  }

  private static let names: Set = [
    "gate", "mutual-information", "gate-information-overlap", "confusion", "similarity",
    "filter-correlation", "correlation-ratio", "cluster-centers", "training",
    "ranks",
  ]
}
