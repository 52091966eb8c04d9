import Attacks
import Core
import Datasets
import Figures

/// Pictures that fooled a net: each as it was, what changed, and as it is.
struct DefenceSheet {
  /// Channels, height and width of a picture.
  typealias Extent = (channels: Int, height: Int, width: Int)

  /// Pictures of a row.
  private static let shown = 3
  /// Points of a picture's side.
  private static let side = 96.0

  /// The first pictures of each attack on each net that fooled it; nil where none did.
  /// - Throws: `CSGError` 65 where a file is damaged.
  static func sheet(_ metrics: DefenceMetrics, _ folder: DefenceFolder, _ extent: Extent) throws
    -> PictureSheet?
  {
    var rows: [PictureSheet.Row] = []
    for attack in metrics.attacks {
      for subject in AttackSubject.allCases {
        let file = try AttackReader(
          folder.attack(subject, attack.name),
          values: extent.channels * extent.height * extent.width)
        let fooled = file.isSuccess.indices.filter { file.isSuccess[$0] == 1 }.prefix(shown)
        guard !fooled.isEmpty else { continue }
        var places: [(tile: PictureSheet.Tile, caption: String)?] = []
        for row in fooled {
          let before = try file.original(row).map { Float($0) / 255 }
          let after = try file.picture(row)
          places += [
            (tile(before, extent), "sample \(file.samples[row])"),
            (tile(difference(before, after), extent), "change"), (tile(after, extent), "attacked"),
          ]
        }
        places += Array(repeating: nil, count: 3 * (shown - fooled.count))
        rows.append(PictureSheet.Row("\(attack.name), \(subject.rawValue)", places))
      }
    }
    guard !rows.isEmpty else { return nil }
    return PictureSheet(
      name: "attacked", title: "Pictures that fooled the nets",
      summary:
        "Each attack's first pictures that fooled a net: as they were, what changed (grey: nothing; the "
        + "largest change of a picture is drawn full), and as they are.",
      columns: (1...shown).flatMap { ["\($0)", "", ""] }, rows: rows, side: side)
  }

  /// The change around a middle grey, its largest drawn full.
  private static func difference(_ before: [Float], _ after: [Float]) -> [Float] {
    let change = zip(before, after).map { $1 - $0 }
    let most = change.reduce(0) { max($0, abs($1)) }
    return change.map { most > 0 ? 0.5 + 0.5 * $0 / most : 0.5 }
  }

  private static func tile(_ values: [Float], _ extent: Extent) -> PictureSheet.Tile {
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
}
