import Core
import Figures
import Foundation
import Interpretability
import Storage

/// Where an analysis is written.
package struct AnalysisFolder {
  let path: String

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  private var report: String { "\(path)/report.html" }

  /// Checks that files can be created there, before hours of work, and leaves everything as it was.
  /// - Throws: `CSGError` 73.
  package func requireWritable() throws {
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

  /// Writes all files, replacing those of an earlier analysis. The report goes first and comes last:
  /// where there is one, everything beside it belongs to it.
  /// - Throws: `CSGError` 1 before anything is replaced; 73 or 74.
  package func write(
    _ analysis: AnalysisReport, network: NetworkAnalysis, baseline: NetworkAnalysis?
  )
    throws
  {
    _ = try AnalysisFile.json(analysis.metrics)
    let figures = try FigureFolder.files(of: analysis.figures)
    let sheets = try analysis.sheets()
    let page = try analysis.page.html()
    try AtomicFile.createFolder(path)
    try AtomicFile.sweep(path, .ofEndedProcesses) {
      ["metrics.json", "analysis.h5", "report.html", "probe"].contains($0)
    }
    guard unlink(report) == 0 || errno == ENOENT else {
      throw CSGError(
        .inputOutput, "\(report): cannot be removed: \(String(cString: strerror(errno)))",
        remedy: "check its rights")
    }
    try AnalysisFile.write(
      analysis.metrics, network: network, baseline: baseline, cards: analysis.cards, to: path)
    try SheetFolder(in: path).replace(by: sheets)
    try FigureFolder(in: path).replace(by: figures)
    try AtomicFile.write(page, to: report)
  }
}
