/// How far a picture lies from another, both [C][H][W].
package struct Change: Sendable, Equatable {
  /// Pixels that differ in any channel.
  package let l0: Int
  /// √Σ squared differences, added in the order of values, and the largest difference; in Double.
  package let l2: Double, linf: Double

  /// From one picture to another of so many channels.
  package init(from original: [Float], to picture: [Float], channels: Int) {
    let pixels = original.count / channels
    var isChanged = [Bool](repeating: false, count: pixels)
    var (sum, most) = (0.0, 0.0)
    for i in original.indices {
      let difference = Double(picture[i]) - Double(original[i])
      if difference == 0 { continue }
      isChanged[i % pixels] = true
      sum += difference * difference
      most = max(most, difference.magnitude)
    }
    l0 = isChanged.count { $0 }
    l2 = sum.squareRoot()
    linf = most
  }
}
