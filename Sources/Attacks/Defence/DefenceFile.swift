import Core
import Foundation
import Storage

/// `defence.json`, there whole or not at all.
package enum DefenceFile {
  /// Its name.
  package static let name = "defence.json"

  /// Its text.
  package static func json(_ metrics: DefenceMetrics) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(metrics)) + [10]
  }

  /// Writes it into a folder.
  /// - Throws: `CSGError` 73 or 74.
  package static func write(_ metrics: DefenceMetrics, to folder: String) throws {
    try AtomicFile.write(json(metrics), to: "\(folder)/\(name)")
  }
}
