import Core
import Foundation
import Storage

/// `OUTPUT/forests/….json`: what one forest came to, so that a command that goes on need not grow it
/// again.
package struct ForestRecord: Codable, Sendable, Equatable {
  /// XXH3-128 of all that it depends on.
  package let run: String
  /// Pairs that it learned from.
  package let trainingPairs: Int
  package let errors: Detector.Errors
  /// Null in what an older version left, which is made anew.
  package let noise: Detector.NoiseAlarms?
  /// The share of the decrease in impurity that each convolution's features bring.
  package let importances: [Double]

  /// What a forest came to.
  package init(
    run: String, trainingPairs: Int, errors: Detector.Errors, noise: Detector.NoiseAlarms,
    importances: [Double]
  ) {
    self.run = run
    self.noise = noise
    self.trainingPairs = trainingPairs
    self.errors = errors
    self.importances = importances
  }

  /// From what `json()` made.
  package init(json bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(ForestRecord.self, from: Data(bytes))
  }

  /// As JSON. Numbers are written so that they are read back to the bit.
  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return [UInt8](try encoder.encode(self)) + [10]
  }

  /// The digest of what a forest depends on.
  package static func digest(_ run: [Agreement]) -> String {
    let builder = DigestBuilder()
    for thing in run {
      builder.update(thing.name)
      builder.update(thing.value)
    }
    return "\(builder.digest())"
  }

  /// What lies at `path`; nil where there is nothing, or what is of another run or damaged: it is made anew.
  static func read(_ path: String, run: String, layers: Int) throws -> ForestRecord? {
    guard let bytes = try FileSystem.contents(of: path),
      let record = try? ForestRecord(json: bytes), record.run == run, record.isSound(layers)
    else { return nil }
    return record
  }

  private func isSound(_ layers: Int) -> Bool {
    guard let noise, errors.pairs > 0, (0...errors.pairs).contains(noise.tested),
      (0...noise.tested).contains(noise.alarms)
    else { return false }
    return (0...errors.pairs).contains(errors.falseAlarms)
      && (0...errors.pairs).contains(errors.misses) && trainingPairs > 0
      && importances.count == layers && importances.allSatisfy { $0 >= 0 && $0 <= 1 + 1e-9 }
  }

  /// - Throws: `CSGError` 73 or 74.
  func write(to path: String) throws {
    try AtomicFile.createFolder(path.parentFolder)
    try AtomicFile.write(json(), to: path)
  }
}
