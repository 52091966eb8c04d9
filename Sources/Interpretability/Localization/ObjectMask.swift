/// Which pixels of an image show its object.
package struct ObjectMask: Sendable {
  /// [H][W]: 1, else 0.
  package let pixels: [UInt8]
  /// Pixels that show it.
  package let count: Int

  /// The mask of an image.
  package init(_ pixels: [UInt8]) {
    self.pixels = pixels
    count = pixels.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
  }

  /// Intersection over union with the region of a map [H][W] where it is at least, or above, a threshold;
  /// 0 where both are empty.
  package func overlap(_ map: [Float], _ threshold: Float, isStrict: Bool) -> Double {
    precondition(map.count == pixels.count, "the map does not fit the mask")
    var both = 0
    var region = 0
    for (value, pixel) in zip(map, pixels) {
      let isInside = isStrict ? value > threshold : value >= threshold
      region += isInside ? 1 : 0
      both += isInside && pixel != 0 ? 1 : 0
    }
    let union = region + count - both
    return union == 0 ? 0 : Double(both) / Double(union)
  }
}
