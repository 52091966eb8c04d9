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

  private var folder: PageFolder { PageFolder(path: path, page: "report.html") }

  /// Checks that files can be created there, before hours of work.
  /// - Throws: `CSGError` 73.
  package func requireWritable() throws { try folder.requireWritable() }

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
    try folder.replace(by: page, others: ["metrics.json", "analysis.h5"]) {
      try AnalysisFile.write(
        analysis.metrics, network: network, baseline: baseline, cards: analysis.cards, to: path)
      try SheetFolder(in: path).replace(by: sheets)
      try FigureFolder(in: path).replace(by: figures)
    }
  }
}
