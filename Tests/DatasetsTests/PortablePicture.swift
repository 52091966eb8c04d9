import Datasets
import Foundation
import TestSupport

extension Picture {
  /// A golden PPM or PGM as Pillow writes them: three lines, then bytes.
  init(portable name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Places.golden(name))))
    let lines = bytes.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
    let extent = String(decoding: lines[1], as: UTF8.self).split(separator: " ").compactMap {
      Int($0)
    }
    self.init(
      height: extent[1], width: extent[0], channels: lines[0] == Array("P6".utf8)[...] ? 3 : 1,
      pixels: Array(lines[3]))
  }
}
