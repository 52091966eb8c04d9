import Core
import Datasets
import Figures
import Interpretability

/// The pictures of a filter's card, side by side: the ones that it answers to most above, some at random
/// below; a line around where it answers at least half as strongly as anywhere in those it answers to
/// most.
struct FilterMontage {
  let cards: FilterCards
  let card: FilterCards.Card

  /// Side of a picture, and pixels between two.
  static let side = FilterCards.side, gap = 4

  /// The half of the strongest answer at a place.
  private var threshold: Float {
    (card.strongest.flatMap(\.activations).max() ?? 0) / 2
  }

  /// Both rows as one picture.
  var picture: Picture {
    let step = Self.side + Self.gap
    let columns = max(card.strongest.count, card.random.count)
    let (height, width) = (2 * step - Self.gap, columns * step - Self.gap)
    var pixels = [UInt8](repeating: 255, count: height * width * 3)
    for (row, shown) in [card.strongest, card.random].enumerated() {
      for (column, one) in shown.enumerated() {
        let colors = tile(one)
        for y in 0..<Self.side {
          for x in 0..<Self.side {
            let place = 3 * ((row * step + y) * width + column * step + x)
            let color = colors[y * Self.side + x]
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
    guard let picture = cards.pictures[shown.sample] else { return [] }
    let map = BilinearResize(
      from: cards.activationSize, to: (height: Self.side, width: Self.side))(shown.activations)
    // A filter that is silent everywhere surrounds nothing.
    let threshold = threshold > 0 ? threshold : .infinity
    return MapOverlay(picture: picture, map: map, threshold: threshold, isColored: false).colors
  }
}
