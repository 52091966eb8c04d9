import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// What becomes a sample of a devkit, and on which side.
struct PascalPartTests {
  private static let golden = Places.golden("pascal/devkit")
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func scan(
    _ devkit: String = golden, _ split: PascalSplit = .random(seed: 0), skipsCorrupt: Bool = false
  ) throws -> PascalPart {
    try PascalPart(devkit: devkit, size: 32, split: split, skipsCorrupt: skipsCorrupt) { _ in }
  }

  /// A devkit to spoil.
  private func copy() throws -> String {
    try FileManager.default.copyItem(atPath: Self.golden, toPath: folder("devkit"))
    return folder("devkit")
  }

  private static let names = [
    "2008_01.jpg#1", "2008_02.jpg#1", "2008_02.jpg#3", "2008_03.jpg#1", "2009_04.jpg#1",
    "2009_04.jpg#2", "2009_04.jpg#3", "2010_07.jpg#1", "2010_07.jpg#3", "2010_09.jpg#1",
    "2010_09.jpg#3",
  ]

  @Test func everyObjectOfTheSixAnimalsIsFoundOnce() throws {
    let found = try scan()
    let samples = found.train.crops + found.test.crops
    #expect(samples.map(\.name).sorted() == Self.names)
    let labels = Dictionary(samples.map { ($0.name, $0.label) }, uniquingKeysWith: { $1 })
    #expect(Self.names.map { labels[$0] } == [0, 2, 1, 5, 5, 5, 4, 4, 1, 3, 3])
    for split in [found.train.crops, found.test.crops] {
      #expect(split.map(\.name) == split.map(\.name).sorted())
    }
    #expect(found.tally.otherObjects == 4)
    #expect(found.tally.objectsWithoutPixel == ["2008_02.jpg#2"])
    #expect(found.tally.picturesWithoutOutlines == 1)
    #expect(found.tally.corrupt.isEmpty)
  }

  /// The judge is Pillow: Tests/Golden/pascal.py.
  @Test(arguments: names) func cropsArePillows(_ name: String) throws {
    let found = try scan()
    let sample = try #require((found.train.crops + found.test.crops).first { $0.name == name })
    let (image, mask) = try PascalReader(devkit: Self.golden, size: 32).read(sample)
    let stem = Places.golden("pascal/crops/\(sample.stem).\(sample.number)")
    let expected = try Picture(path: "\(stem).png")
    #expect(image.height == 32 && image.width == 32 && image.channels == 3)
    let farthest = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max()
    #expect(try #require(farthest) <= 1)
    #expect(mask == (try Picture(path: "\(stem).mask.png", as: .stored)))
    #expect(Set(mask.pixels).isSubset(of: [0, 1]) && mask.pixels.contains(1))
  }

  @Test func aReaderKeepsNoPictureForAnother() throws {
    let found = try scan()
    let samples = found.train.crops + found.test.crops
    let together = PascalReader(devkit: Self.golden, size: 9)
    for sample in samples + samples.reversed() {
      let alone = try PascalReader(devkit: Self.golden, size: 9).read(sample)
      #expect(try together.read(sample) == alone)
    }
  }

  @Test func shardsHoldImagesMasksLabelsAndNames() throws {
    let found = try scan()
    let counts = try DatasetWriter(
      classes: PascalPart.classes, source: "devkit", size: 32, shards: 2, progress: { _ in }
    ).write(train: found.train, test: found.test, to: folder("set"))
    #expect(counts.train == found.train.count && counts.test == found.test.count)
    for (name, split) in [("train", found.train), ("test", found.test)] {
      let dataset = try Dataset(folder: folder("set/\(name)"))
      #expect(dataset.manifest.hasMasks && dataset.manifest.skipped == nil)
      #expect(dataset.count == split.count)
      let reader = PascalReader(devkit: Self.golden, size: 32)
      for (sample, crop) in split.crops.enumerated() {
        let (image, mask) = try reader.read(crop)
        #expect(try dataset.picture(sample) == image)
        #expect(try dataset.mask(sample) == mask.pixels)
        #expect(dataset.label(sample) == crop.label)
        #expect(try dataset.name(sample) == crop.name)
      }
      #expect(throws: Never.self) { try dataset.verify() }
    }
  }

  // MARK: The split

  @Test func objectsOfAPictureStayTogether() throws {
    for seed in 0..<20 as Range<UInt64> {
      let found = try scan(Self.golden, .random(seed: seed))
      #expect(Set(found.train.crops.map(\.stem)).isDisjoint(with: found.test.crops.map(\.stem)))
      #expect([7, 8].contains(found.train.count), "at most round(11 · 3644 / 5344)")
      #expect(found.train.count + found.test.count == 11)
    }
  }

  @Test func theProportionIsThePapers() {
    // As many pictures as the paper's objects need, up to four objects each.
    var random = RandomValues(seed: 4)
    var objects: [Int] = []
    while objects.reduce(0, +) < 5340 { objects.append(1 + random.below(4)) }
    objects += [Int](repeating: 1, count: 5344 - objects.reduce(0, +))
    let sides = PascalSplit.randomSides(objects: objects, seed: 0)
    let training = zip(objects, sides).reduce(0) { $0 + ($1.1 == .train ? $1.0 : 0) }
    #expect(training == 3644)
    #expect(PascalSplit.randomSides(objects: objects, seed: 0) == sides)
    #expect(PascalSplit.randomSides(objects: objects, seed: 1) != sides)
    // No part of the source order is favoured.
    let half = sides.prefix(sides.count / 2).count { $0 == .train }
    #expect(abs(half - sides.count { $0 == .train } / 2) < sides.count / 40)
  }

  /// Written down once: another machine must draw it too.
  @Test func theSplitOfSeedZero() {
    let sides = PascalSplit.randomSides(objects: [1, 2, 1, 3, 2, 2, 1, 1], seed: 0)
    #expect(sides.map { $0 == .train ? "+" : "-" }.joined() == "++-+-+-+")
  }

  @Test func listsDecide() throws {
    let found = try scan(Self.golden, .imageSets("Main"))
    #expect(
      found.train.crops.map(\.name)
        == Self.names.filter { !$0.hasPrefix("2008_03") && !$0.hasPrefix("2010_07") })
    #expect(found.test.crops.map(\.stem) == ["2008_03", "2010_07", "2010_07"])
    #expect(found.tally.picturesInNoList == 0)
    let devkit = try copy()
    try folder.write("devkit/ImageSets/Mine/train.txt", "2008_01  1\r\n\r\n2009_05 -1\r\n")
    try folder.write("devkit/ImageSets/Mine/val.txt", "2008_03  1\r\n")
    let mine = try scan(devkit, .imageSets("Mine"))
    #expect(
      mine.train.crops.map(\.stem) == ["2008_01"] && mine.test.crops.map(\.stem) == ["2008_03"])
    #expect(mine.tally.picturesInNoList == 6 && mine.tally.otherObjects == 2)
  }

  private func expect(
    _ code: ExitCode, _ devkit: String, split: PascalSplit = .random(seed: 0), _ parts: String...,
    location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CSGError.self, sourceLocation: location) {
      try scan(devkit, split)
    }
    #expect(error?.exitCode == code, "\(error as Any)", sourceLocation: location)
    for part in parts {
      #expect(
        error?.description.contains(part) == true, "'\(part)' in \(error as Any)",
        sourceLocation: location)
    }
  }

  @Test func badListsAreNamed() throws {
    let devkit = try copy()
    expect(
      .noInput, devkit, split: .imageSets("Train"), "ImageSets/Train/train.txt", "another folder")
    try folder.write("devkit/ImageSets/Main/val.txt", "2008_03\n2008_01\n")
    expect(.data, devkit, split: .imageSets("Main"), "Main/val.txt", "2008_01")
    try folder.write("devkit/ImageSets/Main/val.txt", "2009_06\n")
    expect(.noInput, devkit, split: .imageSets("Main"), "test split")
    try folder.write("devkit/ImageSets/Main/val.txt", "2008_03\n1999_77\n")
    expect(.noInput, devkit, split: .imageSets("Main"), "1999_77.jpg: no such picture")
  }

  // MARK: Faults

  @Test func missingFoldersAreNamed() throws {
    expect(.noInput, folder("none"), "none/JPEGImages", "VOCdevkit/VOC2010")
    let devkit = try copy()
    for name in ["Annotations_Part", "SegmentationObject"] {
      try FileManager.default.removeItem(atPath: "\(devkit)/\(name)")
    }
    expect(.noInput, devkit, "neither Annotations_Part nor SegmentationObject")
  }

  @Test func partsOrSegmentationAloneSuffice() throws {
    let devkit = try copy()
    try FileManager.default.removeItem(atPath: "\(devkit)/SegmentationObject")
    let parts = try scan(devkit)
    #expect(parts.train.count + parts.test.count == 9)
    #expect(parts.tally.picturesWithoutOutlines == 2)
  }

  @Test func everyCorruptPictureIsToldOrSkipped() throws {
    let devkit = try copy()
    try folder.write("devkit/JPEGImages/2008_01.jpg", "no picture")
    try FileManager.default.removeItem(atPath: "\(devkit)/JPEGImages/2008_03.jpg")
    try folder.write("devkit/Annotations_Part/2009_04.mat", "no matrix")
    try FileManager.default.removeItem(atPath: "\(devkit)/Annotations/2010_07.xml")
    expect(
      .data, devkit, "4 of 9 pictures cannot be used", "2008_01.jpg: is neither", "2008_03.jpg",
      "2009_04.mat", "and 1 more", "--skip-corrupt")
    // A picture of which nothing is needed may be missing.
    try FileManager.default.removeItem(atPath: "\(devkit)/JPEGImages/2009_05.jpg")
    let found = try scan(devkit, skipsCorrupt: true)
    #expect(Set((found.train.crops + found.test.crops).map(\.stem)) == ["2008_02", "2010_09"])
    #expect(found.tally.corrupt.count == 4)
    #expect(found.tally.otherObjects == 2, "chair and bottle")
  }

  @Test func aMaskOfAnotherSizeIsNamed() throws {
    let devkit = try copy()
    let other = try Data(contentsOf: URL(fileURLWithPath: "\(devkit)/JPEGImages/2010_09.jpg"))
    try folder.write("devkit/JPEGImages/2008_01.jpg", [UInt8](other))
    expect(.data, devkit, "2008_01.jpg: is 45 × 60, but the mask of object 1 is 40 × 56")
  }

  /// The square around what a strip shows is of 400 million pixels.
  @Test func aSquareOfTooManyPixelsIsNamed() throws {
    let devkit = try copy()
    let strip = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/tall.png"))))
    for file in ["JPEGImages/2010_07.jpg", "SegmentationObject/2010_07.png"] {
      try folder.write("devkit/\(file)", strip)
    }
    expect(
      .data, devkit, "2010_07.jpg: the square around object 1 has 19996 × 19996 pixels: more than",
      "--skip-corrupt")
    let found = try scan(devkit, skipsCorrupt: true)
    #expect(found.tally.corrupt.count == 1)
    #expect(!(found.train.crops + found.test.crops).contains { $0.stem == "2010_07" })
  }

  @Test func aFileThatChangesAfterTheScanIsNamed() throws {
    let devkit = try copy()
    let found = try scan(devkit)
    let sample = try #require((found.train.crops + found.test.crops).first { $0.stem == "2009_04" })
    try FileManager.default.removeItem(atPath: "\(devkit)/Annotations_Part/2009_04.mat")
    let error = #expect(throws: CSGError.self) {
      try PascalReader(devkit: devkit, size: 8).read(sample)
    }
    #expect(error?.message.contains("2009_04") == true)
  }
}
