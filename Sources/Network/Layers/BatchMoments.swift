import Core

/// How many values, and mean and sum of squared deviations of each channel, merged part by part.
///
/// Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
/// Variances", 1979.
struct BatchMoments {
  private(set) var mean: [Double], squares: [Double]
  private(set) var count = 0.0

  init(channels: Int) {
    mean = Array(repeating: 0, count: channels)
    squares = mean
  }

  var channels: Int { mean.count }

  mutating func reset() {
    count = 0
    for channel in mean.indices {
      mean[channel] = 0
      squares[channel] = 0
    }
  }

  /// Merges an image of so many pixels: its sums, and squared deviations from its own mean.
  mutating func merge(sums: FloatSlice, squares imageSquares: FloatSlice, pixels: Int) {
    let added = Double(pixels)
    let total = count + added
    for channel in mean.indices {
      let delta = Double(sums[channel]) / added - mean[channel]
      mean[channel] += delta * added / total
      squares[channel] += Double(imageSquares[channel]) + delta * delta * count * added / total
    }
    count = total
  }

  /// Merges the moments of a replica, which may be empty. The first stay as they are, to the bit.
  mutating func merge(
    count added: Double, means: ArraySlice<Double>, squares deviations: ArraySlice<Double>
  ) {
    guard added > 0 else { return }
    let total = count + added
    for channel in mean.indices {
      let theirs = means[means.startIndex + channel]
      let theirSquares = deviations[deviations.startIndex + channel]
      if count == 0 {
        (mean[channel], squares[channel]) = (theirs, theirSquares)
      } else {
        let delta = theirs - mean[channel]
        mean[channel] += delta * added / total
        squares[channel] += theirSquares + delta * delta * count * added / total
      }
    }
    count = total
  }

  /// The biased variance.
  func variance(_ channel: Int) -> Double { squares[channel] / count }

  /// The unbiased variance; the biased one of a single value.
  func unbiasedVariance(_ channel: Int) -> Double { squares[channel] / max(count - 1, 1) }
}
