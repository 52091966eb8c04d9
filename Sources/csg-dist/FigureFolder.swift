import Core
import Figures
import Foundation
import Storage

/// The figures of an analysis as files: each as SVG and as PNG.
struct FigureFolder {
  /// `OUTPUT/figures`.
  let path: String

  init(in output: String) { path = "\(output)/figures" }

  /// Draws all figures, then puts them in place of those of an earlier analysis.
  /// - Throws: `CSGError` 1, 73 or 74.
  func replace(by figures: [Figure]) throws {
    let files = try figures.flatMap { figure in
      [("\(figure.name).svg", try figure.svg()), ("\(figure.name).png", try figure.png())]
    }
    try AtomicFile.createFolder(path)
    let names = Set(files.map(\.0))
    for old in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where Self.isOurs(old) && !names.contains(old) {
      guard unlink("\(path)/\(old)") == 0 else {
        throw CSGError(.inputOutput, "\(path)/\(old): an old figure cannot be removed")
      }
    }
    for (name, bytes) in files { try AtomicFile.write(bytes, to: "\(path)/\(name)") }
  }

  /// Whether a file has a name that an analysis gives to figures.
  private static func isOurs(_ file: String) -> Bool {
    let parts = file.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "svg" || parts[1] == "png" else { return false }
    let classes = parts[0].dropFirst("removal-".count)
    return Self.names.contains(String(parts[0]))
      || parts[0].hasPrefix("removal-") && !classes.isEmpty
        && classes.allSatisfy { $0 == "-" || $0.isASCII && $0.isNumber }
  }

  private static let names: Set = [
    "gate", "mutual-information", "gate-information-overlap", "confusion", "similarity",
    "filter-correlation", "correlation-ratio", "cluster-centers", "training",
  ]
}
