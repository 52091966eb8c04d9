import Core
import Datasets
import TestSupport
import Testing

/// A folder of pictures without its own split.
@Suite struct ValidationShareTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// 40 pictures of a, 20 of b, by names alone: none is decoded.
  private func fill() throws {
    for (name, count) in [("a", 40), ("b", 20)] {
      for i in 0..<count { try folder.write("in/\(name)/\(i).jpg", Array("\(name) \(i)".utf8)) }
    }
  }

  private func split(_ share: Double?, seed: UInt64 = 0) throws -> (train: [String], test: [String])
  {
    let found = try ImageFolder(
      folder: folder("in"), form: ImageFolder.Form(storage: .raw, size: 16),
      validation: share.map { ValidationShare($0, seed: seed) })
    return (try found.train.scan().map(\.name), try found.test.scan().map(\.name))
  }

  private func code(_ share: Double?) -> Core.ExitCode? {
    do {
      _ = try split(share)
      return nil
    } catch { return (error as? CSGError)?.exitCode }
  }

  @Test func aShareOfEachClassTests() throws {
    try fill()
    let (train, test) = try split(0.15)
    #expect(test.count { $0.hasPrefix("a/") } == 6 && test.count { $0.hasPrefix("b/") } == 3)
    #expect(train.count == 51 && Set(train).isDisjoint(with: test))
    #expect(train == train.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    let again = try split(0.15)
    #expect(again.train == train && again.test == test)
    #expect(try split(0.15, seed: 1).test != test)
  }

  /// Copies under other names, and one picture in two forms, are not torn apart, whatever the seed.
  @Test func whatBelongsTogetherStaysTogether() throws {
    try fill()
    try folder.write("in/a/copy of 3.jpg", Array("a 3".utf8))
    try folder.write("in/a/3.png", Array("another form".utf8))
    try folder.write("in/a/nested/3 again.jpg", Array("a 3".utf8))
    let family = ["a/3.jpg", "a/copy of 3.jpg", "a/3.png", "a/nested/3 again.jpg"]
    var sides: Set<Bool> = []
    for seed in UInt64(0)..<20 {
      let test = try split(0.3, seed: seed).test
      let tested = family.map(test.contains)
      #expect(Set(tested).count == 1, "\(seed)")
      sides.insert(tested[0])
    }
    #expect(sides.count == 2)
  }

  @Test func everyClassTrainsAndTests() throws {
    try fill()
    let (most, least) = (try split(0.99), try split(0.001))
    #expect(most.train.count { $0.hasPrefix("b/") } == 1)
    #expect(least.test.count { $0.hasPrefix("b/") } == 1)
    for i in 0..<3 { try folder.write("in/c/\(i).jpg", Array("alike".utf8)) }
    #expect(code(0.5) == .data)
  }

  /// A training split may stand alone; a data set with both has its own.
  @Test func layoutsAreToldApart() throws {
    try fill()
    #expect(code(nil) == .noInput)
    for name in ["a", "b"] {
      for i in 0..<4 { try folder.write("alone/train/\(name)/\(i).jpg", Array("\(name)\(i)".utf8)) }
    }
    let form = ImageFolder.Form(storage: .raw, size: 16)
    let alone = try ImageFolder(
      folder: folder("alone"), form: form, validation: ValidationShare(0.25, seed: 0))
    #expect(alone.train.count == 6 && alone.test.count == 2)
    try folder.write("alone/val/a/1.jpg", [1])
    let error = #expect(throws: CSGError.self) {
      try ImageFolder(
        folder: folder("alone"), form: form, validation: ValidationShare(0.25, seed: 0))
    }
    #expect(error?.message.contains("has its own val/") == true)
    let missing = #expect(throws: CSGError.self) {
      try ImageFolder(folder: folder("gone"), form: form)
    }
    #expect(missing?.message.hasSuffix("gone: no such folder") == true)
  }
}
