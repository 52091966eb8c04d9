import Core
import Storage
import Testing

/// What evaluation does to a picture, as a file says it.
struct PreprocessingTests {
  @Test(arguments: [
    Preprocessing(
      stored: .init(jpeg: false, size: 73), height: 64, width: 64, resize: 73,
      mean: [0.4914, 1 / 3, 0], std: [0.2, 1e-9, 1]),
    Preprocessing(
      stored: .init(jpeg: true, size: nil), height: 8, width: 12, resize: nil, mean: [0.5, 0, 0],
      std: [1, 1, 1]),
    Preprocessing(
      stored: nil, height: 1, width: 1, resize: 65_536, mean: [-1, 0, 2], std: [1, 2, 3]),
  ])
  func whatIsWrittenIsRead(_ written: Preprocessing) throws {
    let text = try written.text
    #expect(try Preprocessing(text: text, channels: 3, origin: "c.h5") == written)
  }

  private static let sound = #"{"height":8,"mean":[0],"resize":9,"std":[1],"width":8}"#

  @Test(arguments: [
    ("8", "0"), ("8", "70000"), ("9", "7"), ("9", "-1"), ("9", "1e30"), ("[0]", "[]"),
    ("[0]", "[0, 0]"), ("[0]", "0"), ("[1]", "[0]"), ("[1]", "[-1]"),
    ("\"width\":8", "\"width\":9"),
    ("\"width\"", "\"wide\""), ("{", "["), ("[0]", "[1e999]"),
    ("\"resize\":9", "\"resize\":9,\"stored\":{\"jpeg\":false,\"size\":0}"),
    ("\"resize\":9", "\"resize\":9,\"stored\":{\"size\":3}"),
  ])
  func whatNoDataSetHasIsRefused(_ old: String, _ new: String) throws {
    _ = try Preprocessing(text: Self.sound, channels: 1, origin: "c.h5")
    let error = #expect(throws: CSGError.self) {
      try Preprocessing(
        text: Self.sound.replacing(old, with: new), channels: 1, origin: "c.h5")
    }
    #expect(error?.exitCode == .data && error?.message.hasPrefix("c.h5: preprocessing") == true)
  }
}
