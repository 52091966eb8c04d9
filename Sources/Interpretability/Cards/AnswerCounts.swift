import Communicator
import Core
import Network

/// How strongly each filter answers at the places of a split's images, counted step by step: an answer's
/// threshold is known from one pass, to within 1/128 of its size, whatever the number of images.
///
/// A step holds the answers that share exponent and the first seven bits of the mantissa; those below 2⁻¹⁶
/// count as silence, those from 2¹⁶ on as one step. Whole numbers are added: their order does not matter.
package struct AnswerCounts {
  private let filters: Int
  /// [K][steps].
  private var counts: [Int64]

  private static let mantissaBits = 7, exponents = -16..<16
  private static let steps = 1 + exponents.count << mantissaBits
  private static let first = Float(sign: .plus, exponent: exponents.lowerBound, significand: 1)

  /// Nothing counted yet.
  package init(filters: Int) {
    self.filters = filters
    counts = [Int64](repeating: 0, count: filters * Self.steps)
  }

  /// Adds an image's activations [K][places].
  package mutating func add(_ activations: [Float]) {
    let places = activations.count / filters
    for (i, value) in activations.enumerated() {
      counts[i / places * Self.steps + Self.step(of: value)] += 1
    }
  }

  private static func step(of value: Float) -> Int {
    guard value >= first else { return 0 }
    let bits =
      Int(value.bitPattern - first.bitPattern) >> (Float.significandBitCount - mantissaBits)
    return min(1 + bits, steps - 1)
  }

  /// The least answer of a step; of the silent one 0.
  private static func leastAnswer(of step: Int) -> Float {
    guard step > 0 else { return 0 }
    let bits = UInt32(step - 1) << UInt32(Float.significandBitCount - mantissaBits)
    return Float(bitPattern: first.bitPattern + bits)
  }

  /// The answer of each filter [K] that a share of all places reach, on all ranks; 0 where so many are not
  /// reached by any answer. Collective.
  package func thresholds(share: Double, _ communicator: Communicator) throws -> [Float] {
    var thresholds: [Float] = []
    for first in stride(from: 0, to: filters, by: Self.filtersAtOnce) {
      let part = first..<min(first + Self.filtersAtOnce, filters)
      let all = try communicator.gather(
        Array(counts[part.lowerBound * Self.steps..<part.upperBound * Self.steps]))
      thresholds += self.thresholds(of: part.count, all, share: share)
    }
    return thresholds
  }

  /// Filters whose counts ranks show each other at once: those of 2,048 take 67 MB a rank.
  private static let filtersAtOnce = 64

  private func thresholds(of filters: Int, _ all: [[Int64]], share: Double) -> [Float] {
    (0..<filters).map { filter in
      let row = (0..<Self.steps).map { step in
        all.reduce(0) { $0 + $1[filter * Self.steps + step] }
      }
      let wanted = Int64((share * Double(row.reduce(0, +))).rounded(.up))
      var reached: Int64 = 0
      for step in (1..<Self.steps).reversed() {
        reached += row[step]
        if reached >= wanted { return Self.leastAnswer(of: step) }
      }
      return 0
    }
  }
}
