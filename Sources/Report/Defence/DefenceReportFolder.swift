import Attacks
import Core
import Foundation
import Storage

/// Where a defence's documents are written.
package struct DefenceReportFolder {
  let path: String

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  private var folder: PageFolder { PageFolder(path: path, page: "defence.html") }

  /// Checks that files can be created there, before hours of work.
  /// - Throws: `CSGError` 73.
  package func requireWritable() throws { try folder.requireWritable() }

  /// Writes `defence.json` and `defence.html`, replacing those of an earlier defence, on the data set called `data`; pictures have this
  /// extent and are of these classes.
  /// - Throws: `CSGError` 1 before anything is replaced; 65, 73 or 74.
  package func write(
    _ metrics: DefenceMetrics, extent: (channels: Int, height: Int, width: Int),
    data: String, classes: [String], isCIFAR10Test: Bool
  ) throws {
    let pictures = try DefencePictures(
      metrics: metrics, folder: DefenceFolder(path: path), extent: extent, classes: classes
    ).groups()
    let tables = DefenceTables(metrics: metrics, isCIFAR10Test: isCIFAR10Test)
    let page = try DefenceReport(
      metrics: metrics, tables: tables, pictures: pictures, data: data
    ).page.html()
    try folder.replace(by: page, others: [DefenceFile.name]) {
      try DefenceFile.write(metrics, to: path)
    }
  }
}
