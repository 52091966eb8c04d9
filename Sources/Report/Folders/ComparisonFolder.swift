import Core
import Foundation
import Interpretability
import Storage

/// Where a comparison is written.
package struct ComparisonFolder {
  let path: String

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  private var folder: PageFolder { PageFolder(path: path, page: "report.html") }

  /// Checks that files can be created there, and that they would not replace those of something else.
  /// - Throws: `CSGError` 73.
  package func requireUsable() throws {
    for (name, what) in [("metrics.json", "an analysis"), ("config.yaml", "a run")]
    where try FileSystem.exists("\(path)/\(name)") {
      throw CSGError(
        .cannotCreate, "\(path): holds \(what)", remedy: "choose a folder of the comparison's own")
    }
    try folder.requireWritable()
  }

  /// Writes all files, replacing those of an earlier comparison. The report goes first and comes last:
  /// where there is one, everything beside it belongs to it.
  /// - Throws: `CSGError` 1 before anything is replaced; 73 or 74.
  package func write(_ comparison: Comparison, text: ComparisonText, document: [UInt8]) throws {
    let page = try ComparisonReport(comparison: comparison).page.html()
    let files = [
      ("compare.md", Array(text.markdown.utf8)),
      ("compare.csv", Array(ComparisonCSV.text(comparison).utf8)), ("compare.json", document),
    ]
    try folder.replace(by: page, others: files.map(\.0)) {
      for (name, bytes) in files { try AtomicFile.write(bytes, to: "\(path)/\(name)") }
    }
  }
}
