import Core
import Foundation
import TestSupport
import Testing

struct FileSystemTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 300_000]) func contentsComeBack(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try folder.write("a", bytes)
    #expect(try FileSystem.contents(of: folder("a")) == bytes)
    #expect(try FileSystem.size(of: folder("a")) == count)
  }

  @Test func whatIsMissingIsNil() throws {
    try folder.write("file", "x")
    for path in [folder("none"), folder("file/below"), folder("none/below")] {
      #expect(try FileSystem.contents(of: path) == nil)
      #expect(try FileSystem.names(in: path) == nil)
      #expect(try FileSystem.kind(of: path) == nil)
      #expect(try FileSystem.size(of: path) == nil)
      #expect(try FileSystem.target(ofLink: path) == nil)
      try FileSystem.remove(path)
    }
  }

  /// What the system cannot look at is no missing file.
  @Test func aLoopOfLinksIsAnErrorNotAMissingFile() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder("a"), withDestinationPath: folder("b"))
    try FileManager.default.createSymbolicLink(
      atPath: folder("b"), withDestinationPath: folder("a"))
    #expect(throws: CSGError.self) { try FileSystem.kind(of: folder("a")) }
    #expect(throws: CSGError.self) { try FileSystem.contents(of: folder("a")) }
    #expect(try FileSystem.kind(of: folder("a"), followingLinks: false) == .link)
    let error = #expect(throws: CSGError.self) { try FileSystem.contents(of: folder.path) }
    #expect(error?.exitCode == .noInput && error?.message.contains("is a folder") == true)
  }

  /// What never ends, or waits for another process, is told at once.
  @Test func whatIsNoFileIsNotRead() throws {
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    for path in [folder("pipe"), "/dev/zero", "/dev/null"] {
      let error = #expect(throws: CSGError.self) { try FileSystem.contents(of: path) }
      #expect(error?.exitCode == .data && error?.message.contains("is no file") == true)
    }
  }

  @Test func pathsOfOneFileAreTheSame() throws {
    let file = try folder.write("a", "x")
    #expect(link(file, folder("b")) == 0)
    try folder.write("c", "x")
    #expect(FileSystem.isSame(file, folder("b")) && FileSystem.isSame(file, folder("./a")))
    #expect(!FileSystem.isSame(file, folder("c")) && !FileSystem.isSame(file, folder("none")))
  }

  @Test func aFolderIsRemovedButNotWhatItLinksTo() throws {
    try folder.write("kept/x", "1")
    try folder.write("gone/a/b", "2")
    try FileManager.default.createSymbolicLink(
      atPath: folder("gone/link"), withDestinationPath: folder("kept"))
    try FileSystem.remove(folder("gone"))
    #expect(folder.listing() == ["kept", "kept/x"])
  }

  @Test(arguments: [
    (EIO, ExitCode.inputOutput, "disk"), (ENOSPC, .inputOutput, "space"),
    (EDQUOT, .inputOutput, "quota"), (EMFILE, .inputOutput, "ulimit -n"),
    (ENFILE, .inputOutput, "ulimit -n"), (EFBIG, .inputOutput, "ulimit -f"),
    (ENOMEM, .inputOutput, "memory"), (ESTALE, .inputOutput, "server"),
    (EACCES, .noInput, "rights"), (ENOENT, .noInput, "path"),
  ])
  func theEnvironmentsErrorsHaveSentences(number: Int32, code: ExitCode, remedy: String) {
    let error = FileSystem.fault("read", "a/b", number)
    #expect(error.exitCode == code && error.remedy?.contains(remedy) == true)
    #expect(error.message == "a/b: cannot read: \(String(cString: strerror(number)))")
    #expect(!error.description.contains("damage"))
  }

  @Test func namesAreBytes() throws {
    let composed = FileName([0xC3, 0xA9])
    let decomposed = FileName([0x65, 0xCC, 0x81])
    #expect(composed != decomposed && composed.text == decomposed.text, "texts look alike")
    #expect(composed.spelled == "\\u{e9}" && decomposed.spelled == "e\\u{301}")
    let latin = FileName(Array("espa".utf8) + [0xF1] + Array("ol".utf8))
    #expect(latin.text == nil && latin.shown == "espa\\xf1ol")
    #expect(FileName([0x61, 0x0A]).shown == "a\\x0a")
    for name in ["b", "a", "é", "e\u{301}"] { try folder.write(name, "") }
    let names = try #require(try FileSystem.names(in: folder.path))
    #expect(names.map(\.bytes) == [[0x61], [0x62], [0x65, 0xCC, 0x81], [0xC3, 0xA9]])
  }
}
