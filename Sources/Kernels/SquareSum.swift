import Core

/// Σ x² of floats, in Double.
package enum SquareSum {
  private static let lanes = 8

  /// The sum over `x`: lane j adds the squares of elements j, j + 8, … in order, and the lanes are added in order.
  /// A square is exact, so that no instruction set comes to other bits; a value that is not finite makes the sum so.
  package static func of(_ x: FloatSlice) -> Double {
    var sums = SIMD8<Double>.zero
    let whole = x.count / lanes * lanes
    x.withBytes { bytes in
      for start in stride(from: 0, to: whole, by: lanes) {
        let values = SIMD8<Double>(
          bytes.loadUnaligned(
            fromByteOffset: start * MemoryLayout<Float>.stride, as: SIMD8<Float>.self))
        sums += values * values
      }
    }
    for i in whole..<x.count { sums[i - whole] += Double(x[i]) * Double(x[i]) }
    return (0..<lanes).reduce(0) { $0 + sums[$1] }
  }
}
