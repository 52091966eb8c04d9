import Core
import Foundation
import Storage

/// `localization.h5` and `localization.json`, each there whole or not at all.
package enum LocalizationFile {
  /// The names of both.
  package static let names = ["localization.json", "localization.h5"]

  /// Writes both into `folder`, replacing those of an earlier run.
  /// - Throws: `CSGError` 73 or 74.
  package static func write(
    _ metrics: LocalizationMetrics, network: NetworkLocalization, baseline: NetworkLocalization?,
    to folder: String
  ) throws {
    try AtomicFile.createFolder(folder)
    let path = "\(folder)/localization.h5"
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File(creating: temporary, named: path)
      try file.setAttribute("format", metrics.format)
      try file.setAttribute("version", metrics.version)
      try file.setAttribute("data_fingerprint", metrics.data.fingerprint)
      try file.write(network.labels, shape: [network.count], to: "labels")
      try file.write(network.maskPixels, shape: [network.count], to: "mask_pixels")
      try write(network, to: file, group: "network")
      if let baseline { try write(baseline, to: file, group: "baseline") }
      try file.close(verifying: temporary)
    }
    try AtomicFile.write(json(metrics), to: "\(folder)/localization.json")
  }

  /// The JSON's text.
  package static func json(_ metrics: LocalizationMetrics) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(metrics)) + [10]
  }

  private static func write(_ found: NetworkLocalization, to file: HDF5File, group: String) throws {
    let (n, k) = (found.count, found.filters)
    try file.write(found.predictions, shape: [n], to: "\(group)/predictions")
    try file.write(found.features, shape: [n, k], to: "\(group)/features")
    for method in LocalizationMethod.allCases {
      let name = "\(group)/\(method.rawValue)/iou"
      if let overlaps = found.filterOverlaps[method] {
        try file.write(overlaps, shape: [n, k], to: name)
      } else if let overlaps = found.imageOverlaps[method] {
        try file.write(overlaps, shape: [n], to: name)
      }
    }
    if let thresholds = found.thresholds {
      try file.write(thresholds, shape: [k], to: "\(group)/activmap/threshold")
    }
    guard let kept = found.kept else { return }
    let (small, large) = (kept.activationSize, kept.imageSize)
    let map = [kept.count, large.height, large.width]
    func write(_ values: [Float], _ shape: [Int], _ name: String) throws {
      if !values.isEmpty { try file.write(values, shape: shape, to: "\(group)/maps/\(name)") }
    }
    try write(kept.activations, [kept.count, k, small.height, small.width], "activations")
    try write(kept.gradmap, [kept.count, k, large.height, large.width], "gradmap")
    try write(kept.cam, map, "cam")
    try write(kept.gradcam, map, "gradcam")
  }
}
