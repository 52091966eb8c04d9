import Core
import Datasets
import TestSupport
import Testing

struct ColorJitterTests {
  private typealias Jitter = Configuration.ColorJitter

  /// torchvision's changes of bytes (Tests/Golden/colours.py). Where its float arithmetic lies on a
  /// whole number, a level may differ by one.
  @Test(arguments: [
    ("brightness", [0.4, 1.7]), ("contrast", [0.3, 1.6]), ("saturation", [0.25, 1.8]),
    ("hue", [-0.4, 0.15]),
  ])
  func changesAreTorchvisions(name: String, factors: [Double]) throws {
    for factor in factors {
      var picture = try Picture(path: Places.golden("pictures/drawing.png"))
      switch name {
      case "brightness": Jitter.scaleBrightness(&picture.pixels, by: factor)
      case "contrast": Jitter.scaleContrast(&picture.pixels, by: factor)
      case "saturation": Jitter.scaleSaturation(&picture.pixels, by: factor)
      default: Jitter.turnHue(&picture.pixels, by: factor)
      }
      let theirs = try Picture(portable: "pictures/\(name)-\(factor).ppm")
      let differences = zip(picture.pixels, theirs.pixels).map { abs(Int($0) - Int($1)) }
      #expect(differences.allSatisfy { $0 <= 1 }, "\(name) \(factor)")
      #expect(differences.reduce(0, +) < differences.count / 200, "\(name) \(factor)")
    }
  }

  private func jitter(_ keys: String) throws -> Jitter {
    try #require(
      ResolvedConfiguration(sets: ["data.color_jitter=\(keys)"]).values.data.colorJitter)
  }

  /// A word of 0 takes the least factor, the largest word the greatest.
  @Test func wordsSpanTheRange() throws {
    let grey = [UInt8](repeating: 100, count: 12)
    let jitter = try jitter("{ brightness: 0.5 }")
    var (dark, bright) = (grey, grey)
    jitter.apply(to: &dark, [0, 1 << 31, 1 << 31, 1 << 31])
    jitter.apply(to: &bright, [.max, 0, 0, 0])
    #expect(dark == [UInt8](repeating: 50, count: 12))
    #expect(bright == [UInt8](repeating: 150, count: 12))
  }

  @Test func withoutStrengthNothingChanges() throws {
    let picture = try Picture(path: Places.golden("pictures/drawing.png"))
    var pixels = picture.pixels
    try jitter("{}").apply(to: &pixels, [1, 2, 3, 4])
    #expect(pixels == picture.pixels)
  }

  @Test func changesComeInAFixedOrder() throws {
    let picture = try Picture(path: Places.golden("pictures/drawing.png"))
    let jitter = try jitter("{ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }")
    let middle = UInt32(1) << 31
    var ours = picture.pixels
    jitter.apply(to: &ours, [0, .max, 0, middle / 2])
    var expected = picture.pixels
    Jitter.scaleBrightness(&expected, by: 0.6)
    Jitter.scaleContrast(&expected, by: 0.6 + 0.8 * Double(UInt32.max) * 0x1p-32)
    Jitter.scaleSaturation(&expected, by: 0.6)
    Jitter.turnHue(&expected, by: -0.05)
    #expect(ours == expected)
  }
}
