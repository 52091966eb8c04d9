import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// Pictures against Pillow's (Tests/Golden/pictures.py).
struct PictureTests {
  private func golden(_ name: String) -> String { Places.golden("pictures/\(name)") }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: golden(name))))
  }

  private func portable(_ name: String) throws -> Picture {
    try Picture(portable: "pictures/\(name)")
  }

  @Test(arguments: [
    "plain", "subsampled", "progressive", "restarts", "grey", "cmyk", "ycck", "rgb-coded",
  ])
  func everyCodingOfJPEGIsPillows(_ name: String) throws {
    #expect(try Picture(path: golden("\(name).jpg")) == portable("\(name).ppm"))
  }

  @Test(arguments: 1...8)
  func picturesAreTurnedUpright(orientation: Int) throws {
    let name = "orientation-\(orientation)"
    let picture = try Picture(path: golden("\(name).jpg"))
    #expect(picture == (try portable("\(name).ppm")))
    #expect((picture.height, picture.width) == (orientation < 5 ? (17, 23) : (23, 17)))
  }

  @Test(arguments: [
    "rgb", "grey-8", "bilevel", "alpha", "grey-alpha", "palette-8", "palette-4", "palette-2",
    "palette-transparent", "rgb-16", "grey-16", "interlaced",
  ])
  func everyCodingOfPNGIsPillows(_ name: String) throws {
    #expect(try Picture(path: golden("\(name).png")) == portable("\(name).ppm"))
  }

  @Test(arguments: ["palette-8", "palette-4", "palette-2"])
  func indicesAreTheStoredOnes(_ name: String) throws {
    #expect(try Picture(path: golden("\(name).png"), as: .stored) == portable("\(name).pgm"))
  }

  @Test(arguments: ["rgb.png", "grey-alpha.png", "grey-16.png", "plain.jpg"])
  func otherFilesHaveNoStoredValues(_ name: String) throws {
    let error = #expect(throws: CSGError.self) { try Picture(path: golden(name), as: .stored) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix(golden(name)) == true)
  }

  @Test(arguments: ["rgb", "palette-8", "grey"]) func whatIsPackedIsReadBack(_ name: String) throws
  {
    let picture = try portable("\(name).ppm")
    #expect(try Picture(decoding: picture.png(path: "packed"), path: "packed") == picture)
    let levels = try portable("palette-8.pgm")
    #expect(try Picture(decoding: levels.png(path: "grey"), path: "grey", as: .stored) == levels)
  }

  @Test func aPictureTooWideToPackIsNamed() {
    let line = Picture(
      height: 1, width: 1_000_001, channels: 1, pixels: Array(repeating: 0, count: 1_000_001))
    #expect {
      try line.png(path: "line.png")
    } throws: {
      ($0 as? CSGError)?.message.hasPrefix("line.png") == true
    }
  }

  /// A cut file is an error wherever it is cut; libjpeg alone would paint the rest grey.
  @Test(arguments: [
    "plain.jpg", "subsampled.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette-8.png",
    "interlaced.png",
  ])
  func aCutFileIsRefusedWhereverItIsCut(_ name: String) throws {
    let whole = try bytes(name)
    for count in 0..<whole.count - 1 {
      let error = #expect(throws: CSGError.self, "cut to \(count) bytes") {
        try Picture(decoding: Array(whole.prefix(count)), path: "cut")
      }
      #expect(error?.exitCode == .data && error?.message.hasPrefix("cut: ") == true)
    }
  }

  /// Damage is told, or gives a picture: it never crashes.
  @Test(arguments: ["plain.jpg", "progressive.jpg", "orientation-6.jpg", "palette-4.png"])
  func flippedBitsAreErrorsOrPictures(_ name: String) throws {
    let whole = try bytes(name)
    var random = RandomValues(seed: 17)
    var errors = 0
    for _ in 0..<400 {
      var damaged = whole
      damaged[random.below(whole.count)] ^= 1 << UInt8(random.below(8))
      do {
        _ = try Picture(decoding: damaged, path: "damaged")
      } catch let error as CSGError {
        #expect(error.exitCode == .data)
        errors += 1
      }
    }
    #expect(errors > 10)
  }

  @Test func aPictureOfTooManyPixelsIsRefusedUnread() throws {
    var huge = try bytes("plain.jpg")
    let frame = try #require(huge.firstRange(of: [0xFF, 0xC0])).lowerBound
    huge.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0x00, 0xFF, 0x00])
    let error = #expect(throws: CSGError.self) { try Picture(decoding: huge, path: "huge") }
    #expect(error?.message.hasPrefix("huge: has 65280 × 65280 pixels") == true)
  }

  @Test func foreignAndMissingFilesAreNamed() throws {
    let foreign = #expect(throws: CSGError.self) {
      try Picture(decoding: Array("GIF89a".utf8), path: "a.gif")
    }
    #expect(foreign?.message == "a.gif: is neither a JPEG nor a PNG file, but GIF")
    let missing = #expect(throws: CSGError.self) { try Picture(path: "/nowhere/a.jpg") }
    #expect(missing?.exitCode == .noInput)
  }

  // MARK: Encoding

  /// Noise, which fills a file of many times its first room.
  private func noise(_ height: Int, _ width: Int) -> Picture {
    Picture(
      height: height, width: width, channels: 3,
      pixels: Samples.bytes(height * width * 3, seed: 31))
  }

  @Test func largeFilesAreWhole() throws {
    let picture = noise(300, 401)
    let file = try picture.jpeg(quality: 95, path: "noise")
    #expect(file.count > 2 << 16 && file.starts(with: [0xFF, 0xD8]))
    let found = try Picture(decoding: file, path: "noise")
    #expect((found.height, found.width) == (300, 401))
    let difference = zip(found.pixels, picture.pixels).reduce(0) {
      $0 + abs(Int($1.0) - Int($1.1))
    }
    #expect(Double(difference) / Double(found.pixels.count) < 8)
    #expect(try picture.jpeg(quality: 95, path: "noise", most: file.count) == file)
    #expect(throws: CSGError.self) {
      try picture.jpeg(quality: 95, path: "noise", most: file.count - 1)
    }
  }

  /// Faults before the file first grows, and after.
  @Test(arguments: [1, 1000, 1 << 16, 100_000])
  func aFileThatGrowsTooLargeIsRefused(most: Int) {
    let picture = noise(300, 401)
    for _ in 0..<3 {
      let error = #expect(throws: CSGError.self) {
        try picture.jpeg(quality: 95, path: "noise", most: most)
      }
      #expect(error?.exitCode == .data)
      #expect(
        error?.message
          == "noise: cannot become a JPEG file: it would have more than \(most) bytes")
    }
  }

  // MARK: Resizing

  @Test(
    arguments: [("bilinear", Filter.bilinear), ("lanczos", .lanczos)],
    [(20, 31), (100, 90), (61, 16), (7, 5)])
  func resizedPicturesArePillows(filter: (String, Filter), extent: (Int, Int)) throws {
    let resized = try Picture(path: golden("drawing.png"))
      .resized(height: extent.0, width: extent.1, filter: filter.1)
    #expect(resized == (try portable("\(filter.0)-\(extent.0)x\(extent.1).ppm")))
  }

  @Test(arguments: [("bilinear", Filter.bilinear), ("lanczos", .lanczos)])
  func nothingOutsideTheBoxIsSeen(name: String, filter: Filter) throws {
    let box = PictureBox(top: 9, left: 5, height: 41, width: 35)
    let resized = try Picture(path: golden("drawing.png"))
      .resized(height: 24, width: 17, filter: filter, box: box)
    #expect(resized == (try portable("\(name)-box-24x17.ppm")))
  }

  @Test func theNearestPixelIsTaken() {
    let levels = Picture(height: 1, width: 5, channels: 1, pixels: [10, 20, 30, 40, 50])
    #expect(levels.resized(height: 1, width: 2, filter: .nearest).pixels == [20, 40])
    #expect(
      levels.resized(height: 2, width: 7, filter: .nearest).pixels
        == [10, 20, 20, 30, 40, 40, 50, 10, 20, 20, 30, 40, 40, 50])
  }
}
