import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// Files and folders of pictures, in their order.
struct PictureFilesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let picture = try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/plain.jpg")))
    for name in ["b/2.jpg", "b/10.JPG", "b/without-suffix", "b/a/z.jpeg", "b/.hidden.jpg", "a.jpg"]
    {
      try folder.write(name, [UInt8](picture))
    }
    try folder.write("b/notes.txt", "x")
    try folder.write("empty/notes.txt", "x")
  }

  @Test(arguments: ["b", "b/"]) func aFolderIsWalkedByContent(_ name: String) throws {
    let files = try PictureFiles([folder("a.jpg"), folder(name), folder("b/2.jpg")])
    let expected = ["a.jpg", "b/10.JPG", "b/2.jpg", "b/a/z.jpeg", "b/without-suffix", "b/2.jpg"]
    #expect(files.paths == expected.map { folder($0) })
    #expect(files.passedOver.map(\.count) == [1, 1] && files.faults.isEmpty)
    #expect(try files.agreements().map(\.name) == files.paths)
  }

  @Test func whatIsMissingIsNamed() throws {
    for (place, code) in [("none.jpg", ExitCode.noInput), ("empty", .data)] {
      let error = #expect(throws: CSGError.self) { try PictureFiles([folder(place)]) }
      #expect(error?.exitCode == code && error?.message.contains(place) == true)
    }
  }
}
