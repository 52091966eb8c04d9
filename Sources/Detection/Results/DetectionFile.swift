import Core
import Foundation
import Storage

/// `detection.json`, there whole or not at all.
package enum DetectionFile {
  /// Its name.
  package static let name = "detection.json"

  /// Its text.
  package static func json(_ metrics: DetectionMetrics) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(metrics)) + [10]
  }

  /// Writes it into a folder.
  /// - Throws: `CSGError` 73 or 74.
  package static func write(_ metrics: DetectionMetrics, to folder: String) throws {
    try AtomicFile.write(json(metrics), to: "\(folder)/\(name)")
  }
}
