import Communicator
import Foundation
import Interpretability
import TestSupport
import Testing

/// What a localisation is made of, against definitions and hand-made cases.
@Suite struct LocalizationPartsTests {
  @Test func theLargestShareIsSelectedExactly() throws {
    var random = RandomValues(seed: 4)
    let rows: [[Float]] = [
      random.floats(1), random.floats(2), random.floats(999),
      random.floats(500).map { ($0 * 4).rounded() },  // many equal ones, −0 among them
      random.floats(300).map { max($0, 0) }, [Float](repeating: 0, count: 7),
      [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0, 0],
    ]
    for values in rows {
      for share in [0.001, 0.3, 0.5, 0.999] {
        let place = max(0, Int((share * Double(values.count)).rounded(.up)) - 1)
        let expected = values.sorted(by: >)[place]
        #expect(LargestShare(share)(values) == expected)
        let apart = try LargestShare(share).ofRows(
          2, count: values.count, communicator: Communicator()
        ) { row, body in for value in row == 0 ? values : values.reversed() { body(value) } }
        #expect(apart == [expected, expected])
      }
    }
  }

  /// PyTorch's `interpolate(…, mode="bilinear", align_corners=False)` of [[1, 2], [3, 5]].
  @Test func aMapIsResizedBilinearly() {
    let resize = BilinearResize(from: (2, 2), to: (3, 4))
    let expected: [Float] = [
      1, 1.25, 1.75, 2, 2, 2.375, 3.125, 3.5, 3, 3.5, 4.5, 5,
    ]
    for (ours, theirs) in zip(resize([1, 2, 3, 5]), expected) { #expect(abs(ours - theirs) < 1e-6) }
    #expect(BilinearResize(from: (2, 2), to: (1, 1))([1, 2, 3, 5]) == [2.75])
    #expect(BilinearResize(from: (2, 2), to: (2, 2))([1, 2, 3, 5]) == [1, 2, 3, 5])
  }

  /// SciPy's `gaussian_filter` of a point at the corner: half of what lies beyond the border comes back.
  @Test func aBlurKeepsTheSumAndMirrorsAtTheBorder() {
    let blur = GaussianBlur(sigma: 1.5)
    #expect(blur.radius == 6)
    var map = [Float](repeating: 0, count: 5 * 7)
    map[0] = 1
    let blurred = blur(map, height: 5, width: 7)
    #expect(abs(blurred.reduce(0, +) - 1) < 1e-6)
    // 1D: w₀ + w₁ at the corner, with w the normalised weights.
    let weights = (-6...6).map { exp(-0.5 * Double($0 * $0) / 2.25) }
    let sum = weights.reduce(0, +)
    let corner = (weights[6] + weights[7]) / sum
    #expect(abs(Double(blurred[0]) - corner * corner) < 1e-6)
    let flat = blur([Float](repeating: 2, count: 12), height: 3, width: 4)
    #expect(flat.allSatisfy { abs($0 - 2) < 1e-6 })
  }

  /// SciPy's `spearmanr`: 0.4 of the first pair; ties share their mean rank.
  @Test func ranksCorrelate() {
    #expect(abs(RankCorrelation.of([1, 2, 3, 4], [1, 30, 2, 20]) - 0.4) < 1e-12)
    #expect(RankCorrelation.of([1, 2, 3], [10, 20, 4000]) == 1)
    #expect(RankCorrelation.of([1, 2, 3], [3, 2, 1]) == -1)
    #expect(abs(RankCorrelation.of([0, 0, 1], [0, 1, 2]) - 0.866025403784438_6) < 1e-12)
    #expect(RankCorrelation.of([0, 0, 0], [0, 1, 2]) == 0)
  }

  @Test func overlapIsIntersectionOverUnion() {
    let mask = ObjectMask([1, 1, 0, 0])
    #expect(mask.overlap([3, 1, 2, 0], 2, isStrict: false) == 1.0 / 3)
    #expect(mask.overlap([3, 1, 2, 0], 2, isStrict: true) == 0.5)
    #expect(mask.overlap([0, 0, 0, 0], 0, isStrict: false) == 0.5)
    #expect(ObjectMask([0, 0]).overlap([0, 0], 1, isStrict: false) == 0, "nothing meets nothing")
  }
}
