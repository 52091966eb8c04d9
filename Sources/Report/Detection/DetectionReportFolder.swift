import Attacks
import Core
import Detection
import Foundation
import Storage

/// Where a detection's documents are written.
package struct DetectionReportFolder {
  let path: String

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  private var folder: PageFolder { PageFolder(path: path, page: "detection.html") }

  /// Checks that files can be created there, before hours of work.
  /// - Throws: `CSGError` 73.
  package func requireWritable() throws { try folder.requireWritable() }

  /// Writes `detection.json`, the figure and `detection.html`, replacing those of an earlier detection, on the data set called `data`.
  /// The report goes first and comes last: where there is one, everything beside it belongs to it.
  /// - Throws: `CSGError` 1 before anything is replaced; 73 or 74.
  package func write(
    _ metrics: DetectionMetrics, methods: [AttackMethod], paths: [String], data: String,
    isCIFAR10Test: Bool
  ) throws {
    let figure = try DetectionFigure.figure(metrics, methods: methods)
    let page = try DetectionReport(
      metrics: metrics, methods: methods, paths: paths, figure: figure, data: data,
      isCIFAR10Test: isCIFAR10Test
    ).page.html()
    let figures = try FigureFolder.files(of: [figure])
    try folder.replace(by: page, others: [DetectionFile.name]) {
      try DetectionFile.write(metrics, to: path)
      try AtomicFile.createFolder("\(path)/figures")
      for (name, bytes) in figures { try AtomicFile.write(bytes, to: "\(path)/figures/\(name)") }
    }
  }
}
