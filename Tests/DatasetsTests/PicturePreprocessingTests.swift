import Core
import Datasets
import Foundation
import Storage
import TestSupport
import Testing

/// From a picture's file to the image that a network takes.
struct PicturePreprocessingTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/\(name)"))))
  }

  private func way(
    stored: Preprocessing.Stored?, side: Int, resize: Int?, channels: Int = 3
  ) -> Preprocessing {
    Preprocessing(
      stored: stored, height: side, width: side, resize: resize,
      mean: Array(repeating: 0, count: channels), std: Array(repeating: 1, count: channels))
  }

  @Test func aStoredSquareComesFirst() throws {
    let picture = try Picture(path: Places.golden("pictures/plain.jpg"))
    let image = try way(stored: .init(jpeg: false, size: 19), side: 16, resize: 18).image(
      of: bytes("plain.jpg"), path: "plain.jpg")
    #expect(image == picture.centered(side: 19).centered(side: 16, resize: 18))
    let direct = try way(stored: nil, side: 16, resize: 18).image(
      of: bytes("plain.jpg"), path: "plain.jpg")
    #expect(direct == picture.centered(side: 16, resize: 18) && direct != image)
  }

  /// A reduced picture, and one that is no JPEG file, go through JPEG as `prepare` writes it; a plain one
  /// that stays as it is does not.
  @Test func aStoredFileIsAJPEGFile() throws {
    for (name, extent, isCoded) in [
      ("plain.jpg", nil, false), ("plain.jpg", (15, 20), true), ("rgb.png", nil, true),
    ] as [(String, (height: Int, width: Int)?, Bool)] {
      var picture = try Picture(path: Places.golden("pictures/\(name)"))
      if let (height, width) = extent {
        #expect(min(height, width) < min(picture.height, picture.width))
        picture = picture.resized(height: height, width: width, filter: .bilinear)
      }
      if isCoded {
        picture = try Picture(decoding: picture.jpeg(quality: 95, path: name), path: name)
      }
      let image = try way(stored: .init(jpeg: true, size: extent?.height), side: 16, resize: 18)
        .image(
          of: bytes(name), path: name)
      #expect(image == picture.centered(side: 16, resize: 18), "\(name) \(isCoded)")
    }
  }

  /// Levels are Pillow's: grey stays what it is, and 299, 587 and 114 thousandths make it of colours.
  @Test func aNetworkOfOneChannelSeesGrey() throws {
    let grey = try way(stored: nil, side: 16, resize: 16, channels: 1)
    let colours = try Picture(path: Places.golden("pictures/rgb.png"))
    let side = min(colours.height, colours.width)
    let seen = try way(stored: nil, side: side, resize: side, channels: 1).image(
      of: bytes("rgb.png"), path: "rgb.png")
    let square = colours.centered(side: side)
    #expect(seen.channels == 1)
    for (i, level) in seen.pixels.enumerated() {
      let (r, g, b) = (square.pixels[3 * i], square.pixels[3 * i + 1], square.pixels[3 * i + 2])
      let exact = 0.299 * Double(r) + 0.587 * Double(g) + 0.114 * Double(b)
      #expect(abs(Double(level) - exact) <= 0.51)
    }
    let levels = try Picture(path: Places.golden("pictures/grey-8.png"))
    let same = try grey.image(of: bytes("grey-8.png"), path: "grey-8.png")
    let reduced = levels.centered(side: 16, resize: 16)
    #expect(
      same.pixels == stride(from: 0, to: reduced.pixels.count, by: 3).map { reduced.pixels[$0] })
  }

  @Test func whatIsTakenAsItComesMustFit() throws {
    let error = #expect(throws: CSGError.self) {
      try way(stored: nil, side: 16, resize: nil).image(of: bytes("plain.jpg"), path: "plain.jpg")
    }
    #expect(error?.exitCode == .data && error?.message.contains("16 × 16") == true)
  }
}
