import Core
import Figures
import Foundation
import Interpretability
import Storage

/// Where a localisation is written.
package struct LocalizationFolder {
  let path: String

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  /// Points of a sheet from which on it has one pixel a point.
  private static let tall = 8000.0

  private var folder: PageFolder { PageFolder(path: path, page: "localization.html") }

  /// Checks that files can be created there, before hours of work.
  /// - Throws: `CSGError` 73.
  package func requireWritable() throws { try folder.requireWritable() }

  /// Writes all files of a localisation on the data set called `data`, replacing those of an earlier run. The report goes first and comes last: where
  /// there is one, everything beside it belongs to it.
  /// - Throws: `CSGError` 1 before anything is replaced; 73 or 74.
  package func write(_ localization: Localization, data: String) throws {
    let sheet = LocalizedSheet(localization: localization).sheet
    let picture = try sheet?.png(scale: (sheet?.height ?? 0) < Self.tall ? 2 : 1)
    let page = try LocalizationReport(localization: localization, sheet: sheet, data: data).page
      .html()
    try folder.replace(by: page, others: LocalizationFile.names) {
      if let metrics = localization.metrics, let network = localization.network {
        try LocalizationFile.write(
          metrics, network: network, baseline: localization.baseline, to: path)
      } else {
        for name in LocalizationFile.names where try FileSystem.exists("\(path)/\(name)") {
          try FileSystem.remove("\(path)/\(name)")
        }
      }
      if let picture, let sheet {
        try AtomicFile.createFolder("\(path)/figures")
        try AtomicFile.write(picture, to: "\(path)/figures/\(sheet.name).png")
      }
    }
  }
}
