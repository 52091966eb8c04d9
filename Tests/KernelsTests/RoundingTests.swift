import Core
import Foundation
import Kernels
import TestSupport
import Testing

/// Rounding to bfloat16, against its definition in Double.
@Suite struct RoundingTests {
  /// The nearest of the values that have 8 significant bits (fewer below 2⁻¹²⁶), of two as near the even one; from half
  /// a step above the largest on, infinity.
  static func reference(_ value: Float) -> Float {
    guard value.isFinite, value != 0 else { return value }
    let exponent = max(value.exponent, -126)
    let step = scalbn(1.0, Int(exponent) - 7)
    let rounded = (Double(value) / step).rounded(.toNearestOrEven) * step
    return Float(rounded)
  }

  /// What a level makes of values; a count that is no multiple of a vector's leaves a tail.
  private func rounded(_ values: [Float], _ level: CPULevel) -> [Float] {
    let slice = FloatBuffer(values).all
    MapKernels(level: level).roundToBFloat16(slice)
    return slice.array
  }

  /// All 65,536 are left as they are; of a NaN the sign is.
  @Test(arguments: testedLevels) func whatIsOneIsLeftAlone(_ level: CPULevel) {
    let all = (0..<UInt32(1 << 16)).map { Float(bitPattern: $0 << 16) } + [1]
    for (value, found) in zip(all, rounded(all, level)) {
      let isRight =
        value.isNaN
        ? found.isNaN && found.sign == value.sign && found.bitPattern & 0xFFFF == 0
        : found.bitPattern == value.bitPattern
      if !isRight { Issue.record("\(value) becomes \(found)") }
    }
  }

  /// Between any two neighbours: halfway, next to it on both sides, and next to both ends.
  @Test(arguments: testedLevels) func whatIsBetweenGoesToTheNearest(_ level: CPULevel) {
    let lower: [UInt32] = [1, 0x7FFF, 0x8000, 0x8001, 0xFFFF]
    for rest in lower {
      let values = (0..<UInt32(1 << 16)).map { Float(bitPattern: $0 << 16 | rest) }
      for (value, found) in zip(values, rounded(values, level)) {
        let isRight =
          value.isNaN
          ? found.isNaN && found.sign == value.sign
          : found.bitPattern == Self.reference(value).bitPattern
        if !isRight { Issue.record("\(value) becomes \(found), not \(Self.reference(value))") }
      }
    }
  }

  /// From one half of a step above the largest on.
  @Test(arguments: testedLevels) func theLargestAndWhatIsBeyond(_ level: CPULevel) {
    let largest = Float(bitPattern: 0x7F7F_0000)
    let found = rounded(
      [Float(bitPattern: 0x7F7F_7FFF), Float(bitPattern: 0x7F7F_8000), -.greatestFiniteMagnitude],
      level)
    #expect(found == [largest, .infinity, -.infinity])
  }

  /// A sum is that of float32, then rounded: 1 + 2⁻⁸ is halfway, and 1 is even.
  @Test(arguments: testedLevels) func sumsAreRoundedOnce(_ level: CPULevel) {
    var random = RandomValues(seed: 3)
    let count = 1003
    let x = rounded(random.floats(count), level), y = rounded(random.floats(count), level)
    let sum = FloatBuffer(y + [1, .infinity, .infinity]).all
    MapKernels(level: level).addRounding(
      FloatBuffer(x + [0.003_906_25, 1, -.infinity]).all, to: sum)
    #expect(Array(sum.array[..<count]) == zip(x, y).map { Self.reference($1 + $0) })
    #expect(sum[count] == 1 && sum[count + 1] == .infinity && sum[count + 2].isNaN)
  }
}
