import Core
import Datasets
import Figures
import Interpretability

/// The pictures of a filter's card, side by side: the ones that it answers to most above, some at random
/// below; a line around its ActivMap.
struct FilterMontage {
  /// Squares of `side` pixels, by sample.
  let pictures: [Int: Picture], side: Int
  let activationSize: (height: Int, width: Int)
  let card: FilterCards.Card

  /// Pixels between two pictures.
  private static let gap = 4

  /// Of all cards' pictures those that are drawn, at a side.
  static func pictures(_ cards: FilterCards, side: Int) -> [Int: Picture] {
    side == FilterCards.side
      ? cards.pictures
      : cards.pictures.mapValues { $0.resized(height: side, width: side, filter: .bilinear) }
  }

  /// Both rows as one picture.
  var picture: Picture {
    let step = side + Self.gap
    let columns = max(card.strongest.count, card.random.count)
    let (height, width) = (2 * step - Self.gap, columns * step - Self.gap)
    var pixels = [UInt8](repeating: 255, count: height * width * 3)
    for (row, shown) in [card.strongest, card.random].enumerated() {
      for (column, one) in shown.enumerated() {
        let colors = tile(one)
        for y in 0..<side {
          for x in 0..<side {
            let place = 3 * ((row * step + y) * width + column * step + x)
            let color = colors[y * side + x]
            (pixels[place], pixels[place + 1], pixels[place + 2]) = (
              color.red, color.green, color.blue
            )
          }
        }
      }
    }
    return Picture(height: height, width: width, channels: 3, pixels: pixels)
  }

  /// One picture of the montage, row by row.
  func tile(_ shown: FilterCards.Shown) -> [Color] {
    guard let picture = pictures[shown.sample] else { return [] }
    let map = BilinearResize(
      from: activationSize, to: (height: side, width: side))(shown.activations)
    // Where a filter is silent at most places, its region is where it answers at all.
    return MapOverlay(
      picture: picture, map: map, threshold: card.threshold, isStrict: card.threshold == 0,
      isColored: false
    ).colors
  }
}
