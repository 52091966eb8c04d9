/// What of a class's map is its region: the largest share of it. Of a map without negative values, more than
/// the rest of which is 0, what is above 0.
struct ClassRegion {
  let threshold: Float, isStrict: Bool

  init(of map: [Float], isRectified: Bool, _ settings: LocalizationSettings) {
    threshold = settings.share(map)
    isStrict = settings.isStrict || isRectified && threshold == 0
  }

  func overlap(_ map: [Float], _ mask: ObjectMask) -> Double {
    mask.count == 0 ? 0 : mask.overlap(map, threshold, isStrict: isStrict)
  }
}

/// A class's map: the last activations, each filter's times its weight (CAM, Grad-CAM).
struct ClassMap {
  let resize: BilinearResize

  /// The resized map [H'][W'] of activations [K][H][W] with these weights [K]; filters are added in order,
  /// in Double. Negative sums are 0 where `isRectified`.
  func callAsFunction(_ activations: [Float], weights: [Float], isRectified: Bool) -> [Float] {
    let pixels = activations.count / weights.count
    var sums = [Double](repeating: 0, count: pixels)
    for (k, weight) in weights.enumerated() where weight != 0 {
      for i in 0..<pixels { sums[i] += Double(weight) * Double(activations[k * pixels + i]) }
    }
    return resize(sums.map { isRectified ? Float(max($0, 0)) : Float($0) })
  }
}
