import Core
import Datasets
import Foundation
import TestSupport
import Testing

struct RandomResizedCropTests {
  private func crop(_ sets: [String]) throws -> Configuration.RandomResizedCrop {
    let given = ["data.crop_padding=0", "data.random_resized_crop={}"] + sets
    return try #require(ResolvedConfiguration(sets: given).values.data.randomResizedCrop)
  }

  private func box(
    _ crop: Configuration.RandomResizedCrop, _ height: Int, _ width: Int, sample: Int
  ) -> PictureBox {
    let random = AddressedRandom(seed: 8, purpose: .augmentation, stream: 0)
    return crop.box(height: height, width: width) { random.words(sample, attempt: 1 + $0) }
  }

  /// torchvision's `get_params`, drawn from another generator.
  private func reference(
    _ height: Int, _ width: Int, _ random: inout RandomValues
  ) -> PictureBox {
    func uniform(_ low: Double, _ high: Double) -> Double {
      low + (high - low) * Double(random.below(1 << 30)) / Double(1 << 30)
    }
    for _ in 0..<10 {
      let area = Double(height * width) * uniform(0.08, 1)
      let ratio = exp(uniform(log(3.0 / 4), log(4.0 / 3)))
      let w = Int((area * ratio).squareRoot().rounded())
      let h = Int((area / ratio).squareRoot().rounded())
      if w > 0 && w <= width && h > 0 && h <= height {
        return PictureBox(
          top: random.below(height - h + 1), left: random.below(width - w + 1), height: h, width: w)
      }
    }
    let w = min(width, Int((Double(height) * 4 / 3).rounded()))
    let h = min(height, Int((Double(width) * 4 / 3).rounded()))
    return PictureBox(top: (height - h) / 2, left: (width - w) / 2, height: h, width: w)
  }

  /// Means and deviations of area, shape and place agree with the definition's.
  @Test(arguments: [(375, 500), (500, 333), (256, 256), (100, 900)])
  func boxesAreDistributedAsDefined(height: Int, width: Int) throws {
    let crop = try crop([])
    var random = RandomValues(seed: 3)
    let count = 6000
    func figures(_ box: PictureBox) -> [Double] {
      [
        Double(box.height * box.width) / Double(height * width),
        log(Double(box.width) / Double(box.height)),
        Double(box.top) / Double(height), Double(box.left) / Double(width),
      ]
    }
    let ours = (0..<count).map { figures(box(crop, height, width, sample: $0)) }
    let theirs = (0..<count).map { _ in figures(reference(height, width, &random)) }
    for figure in 0..<4 {
      func moments(_ all: [[Double]]) -> (mean: Double, deviation: Double) {
        let values = all.map { $0[figure] }
        let mean = values.reduce(0, +) / Double(count)
        let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        return (mean, square.squareRoot())
      }
      let (a, b) = (moments(ours), moments(theirs))
      // Five standard errors of a difference of means.
      let bound = 5 * (2 / Double(count)).squareRoot() * max(b.deviation, 1e-9) + 1e-9
      #expect(abs(a.mean - b.mean) < bound, "mean of figure \(figure)")
      #expect(abs(a.deviation - b.deviation) < bound, "deviation of figure \(figure)")
    }
  }

  @Test func boxesLieWithinThePictureAndItsRanges() throws {
    let crop = try crop(["data.random_resized_crop.scale=[0.25, 0.5]"])
    for sample in 0..<2000 {
      let box = box(crop, 90, 120, sample: sample)
      #expect(box.top >= 0 && box.left >= 0 && box.top + box.height <= 90)
      #expect(box.left + box.width <= 120)
      let share = Double(box.height * box.width) / (90 * 120)
      #expect(share > 0.24 && share < 0.51)
      let ratio = Double(box.width) / Double(box.height)
      #expect(ratio > 0.72 && ratio < 1.38)
    }
  }

  /// No box of the whole area has the shape asked for: the middle is taken.
  @Test(arguments: [
    (90, 90, 3.0, PictureBox(top: 30, left: 0, height: 30, width: 90)),
    (90, 90, 1 / 3.0, PictureBox(top: 0, left: 30, height: 90, width: 30)),
    (40, 90, 1.0, PictureBox(top: 0, left: 25, height: 40, width: 40)),
  ])
  func theMiddleIsTakenWhereNoBoxFits(
    height: Int, width: Int, ratio: Double, expected: PictureBox
  ) throws {
    let crop = try crop([
      "data.random_resized_crop.scale=[1, 1]",
      "data.random_resized_crop.ratio=[\(ratio), \(ratio)]",
    ])
    #expect(box(crop, height, width, sample: 4) == expected)
  }
}
