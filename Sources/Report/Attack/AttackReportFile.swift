import Attacks
import Core
import Datasets
import Foundation
import Storage

/// Where the page of an attack is written.
package struct AttackReportFile {
  let path: String

  /// The file at `path`.
  package init(path: String) { self.path = path }

  private var folder: PageFolder {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let above = path.parentFolder
    return PageFolder(path: above.isEmpty ? "." : above, page: name)
  }

  /// Checks that it can be created, before hours of work.
  /// - Throws: `CSGError` 73.
  package func requireWritable() throws {
    guard try [nil, .file].contains(FileSystem.kind(of: path)) else {
      throw CSGError(
        .cannotCreate, "\(path): is no file, but a folder or device", remedy: "name a file")
    }
    try folder.requireWritable()
  }

  /// Writes the page of an attack's file, whose pictures have this extent and are of a data set, on the net
  /// at `checkpoint`. Nothing of it depends on anything else.
  /// - Throws: `CSGError` 1 or 65 before anything is replaced; 73 or 74.
  package func write(
    _ file: AttackReader, extent: (channels: Int, height: Int, width: Int), of dataset: Dataset,
    checkpoint: String
  ) throws {
    let manifest = dataset.manifest
    let findings = try AttackFindings(file, classes: manifest.classes)
    let tables = AttackTables(findings: findings, isCIFAR10Test: try dataset.isCIFAR10Test())
    let strip = AttackedStrip(file: file, extent: extent, classes: manifest.classes)
    let report = AttackReport(
      findings: findings, tables: tables, checkpoint: checkpoint,
      data: "the \(manifest.split) split of \(manifest.source)", name: DataSetName.of(dataset),
      fooling: try strip.strips(findings.fooling),
      withstood: try strip.strips(findings.withstood))
    try folder.replace(by: report.page.html(), others: []) {}
  }
}
