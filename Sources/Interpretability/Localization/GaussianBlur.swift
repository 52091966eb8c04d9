import Core

/// A Gaussian blur: rows, then columns; beyond its border a map goes on as its mirror image, the border
/// pixel twice (SciPy's `reflect`).
package struct GaussianBlur: Sendable {
  /// Standard deviation, and pixels on either side of the middle that are summed.
  package let sigma: Double, radius: Int
  private let weights: [Float]

  /// A blur of `sigma` pixels over 2·radius + 1; by default as far as four deviations, as SciPy's
  /// `gaussian_filter`.
  package init(sigma: Double, radius: Int? = nil) {
    self.sigma = sigma
    let radius = radius ?? Int(4 * sigma + 0.5)
    self.radius = radius
    let values = (-radius...radius).map {
      ElementaryFunctions.exp(-0.5 * Double($0 * $0) / (sigma * sigma))
    }
    let sum = values.reduce(0, +)
    weights = values.map { Float($0 / sum) }
  }

  /// The map [H][W], blurred; a pixel's neighbours are added from the first to the last.
  package func callAsFunction(_ map: [Float], height: Int, width: Int) -> [Float] {
    precondition(map.count == height * width, "the map does not fit")
    let columns = (0..<width + 2 * radius).map { Self.mirrored($0 - radius, width) }
    let rows = (0..<height + 2 * radius).map { Self.mirrored($0 - radius, height) }
    // A row with its mirror images around it; the sums of a row run side by side.
    var across = [Float](repeating: 0, count: map.count)
    var bordered = [Float](repeating: 0, count: width + 2 * radius)
    for h in 0..<height {
      for (i, column) in columns.enumerated() { bordered[i] = map[h * width + column] }
      for (tap, weight) in weights.enumerated() {
        for w in 0..<width { across[h * width + w] += weight * bordered[w + tap] }
      }
    }
    var result = [Float](repeating: 0, count: map.count)
    for h in 0..<height {
      for (tap, weight) in weights.enumerated() {
        let from = rows[h + tap] * width
        for w in 0..<width { result[h * width + w] += weight * across[from + w] }
      }
    }
    return result
  }

  /// The pixel of a line of `count` at which a place beyond its ends looks.
  private static func mirrored(_ place: Int, _ count: Int) -> Int {
    let period = 2 * count
    let turn = ((place % period) + period) % period
    return turn < count ? turn : period - 1 - turn
  }
}
