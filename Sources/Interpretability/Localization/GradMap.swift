import Network

/// The gradient map of a filter (Appendix G).
struct GradMap {
  let blur: GaussianBlur
  let height: Int, width: Int

  /// Above it lies the region.
  static let threshold: Float = 1

  /// The map [H][W] of a gradient [channels][H][W]: its norm over the channels, divided by the root of
  /// the norm's mean square, blurred; 0 all over where the gradient is.
  func callAsFunction(_ gradient: [Float]) -> [Float] {
    let pixels = height * width
    var norms = [Float](repeating: 0, count: pixels)
    for channel in 0..<gradient.count / pixels {
      for i in 0..<pixels {
        let value = gradient[channel * pixels + i]
        norms[i] += value * value
      }
    }
    let square = norms.reduce(0.0) { $0 + Double($1) } / Double(pixels)
    guard square > 0 else { return norms }
    let root = square.squareRoot()
    for i in 0..<pixels { norms[i] = Float(Double(norms[i]).squareRoot() / root) }
    return blur(norms, height: height, width: width)
  }
}
