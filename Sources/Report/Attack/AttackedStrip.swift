import Attacks
import Core
import Figures

/// An attacked picture for readers: as it was, what changed, and as it is, with what the net says of it.
package struct AttackedStrip {
  /// Channels, height and width of a picture.
  package typealias Extent = (channels: Int, height: Int, width: Int)

  let file: AttackReader
  let extent: Extent
  let classes: [String]

  /// Strips of rows of the file, in order.
  /// - Throws: `CSGError` 65 where it is damaged.
  func strips(_ rows: [Int]) throws -> [PictureStrip] {
    let labels = try file.classes("labels", of: classes.count)
    let targets = try file.classes("targets", of: classes.count)
    var before: [[String]] = [], after: [[String]] = []
    try file.forEachLogits(.before, rows: rows, classes: classes.count) { before.append(said($1)) }
    try file.forEachLogits(.after, rows: rows, classes: classes.count) { after.append(said($1)) }
    return try rows.enumerated().map { n, row in
      let original = try file.original(row).map { Float($0) / 255 }
      let picture = try file.picture(row)
      let change = Self.amplified(original, picture)
      let target = targets[row] < 0 ? "" : ", target \(classes[targets[row]])"
      return PictureStrip(
        "Sample \(file.samples[row]), \(classes[labels[row]])\(target)",
        [
          .init(Self.tile(original, extent), name: "original", lines: before[n]),
          .init(
            Self.tile(change.picture, extent), name: "change",
            lines: [change.factor.map { "× \(NumberText.fixed($0, 1))" } ?? "none"]),
          .init(Self.tile(picture, extent), name: "attacked", lines: after[n]),
        ])
    }
  }

  /// The class that the net tells, and its probability.
  private func said(_ logits: [Float]) -> [String] {
    let prediction = Prediction.of(logits)
    let probability = Prediction.probability(of: prediction, logits)
    return [classes[prediction], NumberText.percent(probability)]
  }

  /// The change around a middle grey, its largest drawn full, and by how much it is amplified; nil where
  /// there is none.
  package static func amplified(_ before: [Float], _ after: [Float]) -> (
    picture: [Float], factor: Double?
  ) {
    let change = zip(before, after).map { $1 - $0 }
    let most = change.reduce(0) { max($0, abs($1)) }
    guard most > 0 else { return (change.map { _ in 0.5 }, nil) }
    return (change.map { 0.5 + 0.5 * $0 / most }, 0.5 / Double(most))
  }

  static func tile(_ values: [Float], _ extent: Extent) -> PictureSheet.Tile {
    let pixels = extent.height * extent.width
    let colors = (0..<pixels).map { pixel -> Color in
      func level(_ channel: Int) -> UInt32 {
        let value = values[min(channel, extent.channels - 1) * pixels + pixel]
        return UInt32((min(max(value, 0), 1) * 255).rounded())
      }
      return Color(level(0) << 16 | level(1) << 8 | level(2))
    }
    return PictureSheet.Tile(colors, height: extent.height, width: extent.width)
  }

  /// What strips show, in a sentence.
  package static let summary = """
    Each as it was, what changed (grey: nothing; the largest change of a picture is drawn full, × tells how much \
    it is amplified), and as it is; below, what the net takes it for and with which probability.
    """
}
