import Core
import Foundation
import Storage
import TestSupport
import Testing

struct AtomicFileTests {
  private struct Fault: Error {}
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func content(_ name: String) -> String? {
    FileManager.default.contents(atPath: folder(name)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [0, 1, 100_000])
  func bytesAreThereWhole(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    try folder.write("a", "older and longer than nothing")
    try AtomicFile.write(bytes, to: folder("a"))
    #expect(FileManager.default.contents(atPath: folder("a")).map([UInt8].init) == bytes)
    #expect(folder.listing() == ["a"])
  }

  @Test func theNameShowsNothingBeforeTheEnd() throws {
    try folder.write("a", "old")
    try AtomicFile.write(to: folder("a")) { temporary in
      try Data("new".utf8).write(to: URL(fileURLWithPath: temporary))
      #expect(content("a") == "old")
    }
    #expect(content("a") == "new")
  }

  @Test(arguments: [nil, "old"])
  func aFailedWriteLeavesNothing(before: String?) throws {
    if let before { try folder.write("a", before) }
    #expect(throws: Fault.self) {
      try AtomicFile.write(to: folder("a")) { temporary in
        try Data("half".utf8).write(to: URL(fileURLWithPath: temporary))
        throw Fault()
      }
    }
    #expect(content("a") == before)
    #expect(folder.listing() == (before == nil ? [] : ["a"]))
  }

  @Test func leftoversOfAKilledWriterDoNotMatter() throws {
    let own = ".a.\(ProcessInfo.processInfo.processIdentifier).partial"
    for name in [own, ".a.1.partial"] { try folder.write(name, "half") }
    try AtomicFile.write([1, 2, 3], to: folder("a"))
    #expect(content("a") == "\u{1}\u{2}\u{3}")
    #expect(folder.listing() == [".a.1.partial", "a"], "another's may still be at work")
  }

  @Test func aWriterThatWritesNothingFails() {
    let error = #expect(throws: CSGError.self) { try AtomicFile.write(to: folder("a")) { _ in } }
    #expect(error?.exitCode == .inputOutput)
    #expect(folder.listing() == [])
  }

  /// Root may write anywhere, so the place is one that cannot exist.
  @Test func aPlaceBelowAFileIsRefused() throws {
    let path = try folder.write("file", "x") + "/a"
    for write in [
      { try AtomicFile.write([1], to: path) }, { try AtomicFile.createFolder(path) },
      { _ = try HDF5File(creating: path) },
    ] {
      let error = #expect(throws: CSGError.self) { try write() }
      #expect(error?.exitCode == .cannotCreate)
      #expect(error?.message.hasPrefix("\(path): ") == true)
    }
    #expect(folder.listing() == ["file"])
  }

  @Test func aFolderInTheWayIsLeftAlone() throws {
    try folder.write("a/inner", "x")
    let error = #expect(throws: CSGError.self) { try AtomicFile.write([1], to: folder("a")) }
    #expect(error?.exitCode == .inputOutput)
    #expect(error?.message.contains("rename") == true)
    #expect(folder.listing() == ["a", "a/inner"])
  }

  @Test func aLinkIsReplaced() throws {
    try folder.write("one", "1")
    try folder.write("two", "2")
    try AtomicFile.link(folder("latest"), to: "one")
    #expect(content("latest") == "1")
    try AtomicFile.link(folder("latest"), to: "two")
    #expect(content("latest") == "2")
    #expect(content("one") == "1")
    #expect(folder.listing() == ["latest", "one", "two"])
  }

  @Test func foldersAreCreatedWithThoseAbove() throws {
    try AtomicFile.createFolder(folder("a/b/c"))
    try AtomicFile.createFolder(folder("a/b/c"))
    #expect(folder.listing() == ["a", "a/b", "a/b/c"])
  }
}
