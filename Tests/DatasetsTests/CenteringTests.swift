import Core
import Datasets
import TestSupport
import Testing

/// The middle square after a resize, of which only the square is made.
struct CenteringTests {
  /// The whole picture resized, then cropped.
  private func reference(_ picture: Picture, side: Int, resize: Int) -> Picture {
    let short = min(picture.height, picture.width)
    let (height, width) = (picture.height * resize / short, picture.width * resize / short)
    func offset(_ spare: Int) -> Int { Int((Double(spare) / 2).rounded(.toNearestOrEven)) }
    return picture.resized(height: height, width: width, filter: .bilinear)
      .cropped(
        to: PictureBox(
          top: offset(height - side), left: offset(width - side), height: side, width: side))
  }

  @Test func bitsAreThoseOfTheWholeResized() {
    var random = RandomValues(seed: 23)
    for seed in 0..<200 as Range<UInt64> {
      let (height, width) = (1 + random.below(60), 1 + random.below(60))
      let side = 1 + random.below(30)
      let resize = side + random.below(20)
      let picture = Picture(
        height: height, width: width, channels: 3,
        pixels: Samples.bytes(height * width * 3, seed: seed))
      #expect(
        picture.centered(side: side, resize: resize)
          == reference(picture, side: side, resize: resize),
        "\(height) × \(width) to \(resize), \(side)")
    }
  }

  @Test(arguments: [Filter.nearest, .bilinear, .lanczos])
  func aPartHasTheBitsThatItHasInTheWhole(filter: Filter) {
    var random = RandomValues(seed: 29)
    let picture = Picture(
      height: 37, width: 41, channels: 1, pixels: Samples.bytes(37 * 41, seed: 9))
    for _ in 0..<40 {
      let (height, width) = (1 + random.below(90), 1 + random.below(90))
      let whole = picture.resized(height: height, width: width, filter: filter)
      let (top, left) = (random.below(height), random.below(width))
      let part = PictureBox(
        top: top, left: left, height: 1 + random.below(height - top),
        width: 1 + random.below(width - left))
      #expect(
        picture.resized(height: height, width: width, filter: filter, keeping: part)
          == whole.cropped(to: part), "\(part) of \(height) × \(width)")
    }
  }

  /// The judge is Pillow: Tests/Golden/pictures.py.
  @Test(arguments: [("tall", 20_000, 1), ("wide", 1, 65_501)])
  func middlesOfStripsArePillows(name: String, height: Int, width: Int) throws {
    let strip = try Picture(path: Places.golden("pictures/\(name).png"))
    #expect((strip.height, strip.width) == (height, width))
    #expect(
      strip.centered(side: 13, resize: 16)
        == (try Picture(portable: "pictures/center-\(name)-16-13.ppm")))
  }

  /// The strips themselves would be of 250 TB and more.
  @Test(arguments: [("tall", 20_000), ("wide", 65_501)])
  func noStripIsMade(name: String, length: Int) throws {
    let strip = try Picture(path: Places.golden("pictures/\(name).png"))
    let middle = strip.centered(side: 64, resize: 1 << 16)
    // 2¹⁶ new pixels for an old one.
    let place = length / 2
    let near = Set(strip.pixels[3 * (place - 1)..<3 * (place + 2)])
    #expect(middle.height == 64 && middle.width == 64)
    #expect(
      middle.pixels.allSatisfy { near.min() ?? 255 <= $0 && $0 <= near.max() ?? 0 })
  }
}
