import Core

extension Configuration.RandomResizedCrop {
  /// Tries before the middle of the picture is taken.
  static let tries = 10

  /// A box of random area and shape within a picture.
  ///
  /// Each try takes an area, uniform in `scale` times the picture's, and a ratio of width to height,
  /// whose logarithm is uniform; a box that fits is placed uniformly. After ten tries: the largest box
  /// in the middle whose ratio is in range. exp and log are our own, square roots are exact, so the
  /// box does not depend on the machine. Source: torchvision's `RandomResizedCrop`.
  /// - Parameter words: four random words for each try.
  package func box(height: Int, width: Int, words: (Int) -> SIMD4<UInt32>) -> PictureBox {
    func uniform(_ word: UInt32, _ range: [Double]) -> Double {
      range[0] + (range[1] - range[0]) * (Double(word) * 0x1p-32)
    }
    func offset(_ word: UInt32, _ spare: Int) -> Int {
      Int((UInt64(word) * UInt64(spare + 1)) >> 32)
    }
    let logarithms = ratio.map(ElementaryFunctions.log)
    for attempt in 0..<Self.tries {
      let words = words(attempt)
      let area = Double(height * width) * uniform(words[0], scale)
      let shape = ElementaryFunctions.exp(uniform(words[1], logarithms))
      let w = Int((area * shape).squareRoot().rounded(.toNearestOrEven))
      let h = Int((area / shape).squareRoot().rounded(.toNearestOrEven))
      if w > 0 && w <= width && h > 0 && h <= height {
        return PictureBox(
          top: offset(words[2], height - h), left: offset(words[3], width - w), height: h, width: w)
      }
    }
    var (h, w) = (height, width)
    let shape = Double(width) / Double(height)
    if shape < ratio[0] {
      h = min(height, max(1, Int((Double(width) / ratio[0]).rounded(.toNearestOrEven))))
    } else if shape > ratio[1] {
      w = min(width, max(1, Int((Double(height) * ratio[1]).rounded(.toNearestOrEven))))
    }
    return PictureBox(top: (height - h) / 2, left: (width - w) / 2, height: h, width: w)
  }
}
