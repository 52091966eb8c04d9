import Core
import Datasets
import Foundation
import Storage
import TestSupport
import Testing

struct ImageFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Copies golden pictures.
  private func put(_ golden: String, _ path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/\(golden)")))
    try folder.write("in/\(path)", [UInt8](data))
  }

  /// Two classes of three and two pictures, one of each in val.
  private func fill() throws {
    try put("plain.jpg", "train/b/2.jpg")
    try put("cmyk.jpg", "train/b/10.JPEG")
    try put("palette-8.png", "train/b/é.png")
    try put("orientation-6.jpg", "train/a/x.jpg")
    try put("progressive.jpg", "train/a/y.jpg")
    try put("grey.jpg", "val/a/1.jpg")
    try put("rgb-16.png", "val/b/1.png")
  }

  private func write(
    _ storage: ImageStorage = .raw, size: Int? = 16, shards: Int = 1, skips: Bool = false,
    allowsLoss: Bool = false, to name: String = "out", tell: @escaping (String) -> Void = { _ in }
  ) throws -> DatasetWriter.Counts {
    let form = ImageFolder.Form(storage: storage, size: size)
    let images = try ImageFolder(
      folder: folder("in"), form: form, skipsCorrupt: skips, allowsLoss: allowsLoss)
    return try DatasetWriter(
      classes: images.classes, source: "pictures", storage: storage, size: form.size,
      shards: shards, skipsDamaged: skips, progress: tell
    ).write(train: images.train, test: images.test, to: folder(name))
  }

  private func expected(_ name: String, side: Int) throws -> Picture {
    let picture = try Picture(portable: "pictures/\(name).ppm")
    let (height, width) = (picture.height, picture.width)
    let short = min(height, width)
    let resized = picture.resized(
      height: height * side / short, width: width * side / short, filter: .bilinear)
    // 16 of 21 pixels: the offset 2.5 goes to 2.
    let isTall = height > width
    let box = PictureBox(top: isTall ? 2 : 0, left: isTall ? 0 : 2, height: side, width: side)
    return resized.resized(height: side, width: side, filter: .nearest, box: box)
  }

  @Test func picturesComeInByteOrderAsMiddleSquares() throws {
    try fill()
    try folder.write("in/train/b/notes.txt", "x")
    let counts = try write()
    #expect(counts.train == 5 && counts.test == 2 && counts.faults.isEmpty)
    let train = try Dataset(folder: folder("out/train"))
    #expect(train.manifest.classes == ["a", "b"] && train.manifest.storage == .raw)
    #expect((train.manifest.height, train.manifest.width, train.manifest.size) == (16, 16, 16))
    let names = try (0..<5).map { try train.name($0) }
    #expect(
      names == [
        "train/a/x.jpg", "train/a/y.jpg", "train/b/10.JPEG", "train/b/2.jpg", "train/b/é.png",
      ])
    #expect((0..<5).map { train.label($0) } == [0, 0, 1, 1, 1])
    let golden = ["orientation-6", "progressive", "cmyk", "plain", "palette-8"]
    for (sample, name) in golden.enumerated() {
      #expect(try train.picture(sample) == expected(name, side: 16), "\(name)")
    }
    let pixels = try (0..<5).flatMap { try train.image($0) }.map { Double($0) / 255 }
    for channel in 0..<3 {
      let values = stride(from: channel, to: pixels.count, by: 3).map { pixels[$0] }
      let mean = values.reduce(0, +) / Double(values.count)
      #expect(abs(train.manifest.mean[channel] - mean) < 1e-12)
    }
  }

  /// Baseline JPEG files of three colours stay as they are; the others become such files.
  @Test func filesAreKeptWhereTheyCanBe() throws {
    try fill()
    _ = try write(.jpeg, size: nil)
    let train = try Dataset(folder: folder("out/train"))
    #expect((train.manifest.height, train.manifest.width) == (23, 23))
    #expect(train.manifest.size == nil && train.manifest.holdsFiles)
    #expect(throws: Never.self) { try train.verify() }
    #expect(try train.picture(3) == Picture(portable: "pictures/plain.ppm"))
    for (sample, name) in [(0, "orientation-6"), (1, "progressive"), (4, "palette-8")] {
      let (found, theirs) = (
        try train.picture(sample), try Picture(portable: "pictures/\(name).ppm")
      )
      #expect((found.height, found.width) == (theirs.height, theirs.width))
      let difference = zip(found.pixels, theirs.pixels).reduce(0) {
        $0 + abs(Int($1.0) - Int($1.1))
      }
      #expect(Double(difference) / Double(found.pixels.count) < 4, "\(name)")
    }
  }

  @Test func largerFilesAreReduced() throws {
    try fill()
    _ = try write(.jpeg, size: 10)
    let train = try Dataset(folder: folder("out/train"))
    #expect(train.manifest.size == 10)
    let extents = try (0..<5).map { try train.picture($0) }.map { [$0.height, $0.width] }
    #expect(extents == [[13, 10], [10, 13], [10, 13], [10, 13], [10, 13]])
  }

  @Test func statisticsAreThoseOfTheMiddleSquares() throws {
    try fill()
    _ = try write(.raw, size: 16, to: "raw")
    _ = try write(.jpeg, size: 16, to: "jpeg")
    let (raw, jpeg) = (
      try Manifest(folder: folder("raw/train")), try Manifest(folder: folder("jpeg/train"))
    )
    #expect(raw.mean == jpeg.mean && raw.std == jpeg.std)
    #expect(try Manifest(folder: folder("raw/test")).mean == raw.mean)
  }

  // MARK: Damage

  private func damage() throws {
    try fill()
    let cut = try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/plain.jpg")))
    try folder.write("in/train/a/cut.jpg", [UInt8](cut.prefix(700)))
    try folder.write("in/val/b/0.png", "no picture")
  }

  @Test(arguments: [ImageStorage.raw, .jpeg])
  func damagedPicturesAreListedAndNothingIsWritten(storage: ImageStorage) throws {
    try damage()
    let before = folder.listing()
    let error = #expect(throws: CSGError.self) { try write(storage) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix("2 damaged pictures: ") == true)
    #expect(error?.message.contains("\(folder("in/train/a/cut.jpg")): is no whole JPEG") == true)
    #expect(error?.message.contains("\(folder("in/val/b/0.png")): is neither") == true)
    #expect(error?.remedy?.contains("--skip-corrupt") == true)
    #expect(folder.listing() == before)
  }

  @Test(arguments: [ImageStorage.raw, .jpeg], [1, 2])
  func damagedPicturesAreLeftOut(storage: ImageStorage, shards: Int) throws {
    try damage()
    let counts = try write(storage, shards: shards, skips: true)
    #expect(counts.train == 5 && counts.test == 2 && counts.faults.count == 2)
    let train = try Dataset(folder: folder("out/train"))
    #expect(train.count == 5 && train.manifest.skipped == 1)
    #expect(train.manifest.shards.map(\.first) == (shards == 1 ? [0] : [0, 2]))
    #expect(throws: Never.self) { try train.verify() }
    #expect((0..<5).map { train.label($0) } == [0, 0, 1, 1, 1])
    #expect(try train.name(2) == "train/b/10.JPEG")
  }

  /// A strip is read, cut and stored without its enlargement; JPEG has no side that long.
  @Test(arguments: [ImageStorage.raw, .jpeg]) func stripsAreOrdinaryPictures(storage: ImageStorage)
    throws
  {
    try fill()
    try put("tall.png", "train/a/tall.png")
    try put("wide.png", "train/a/wide.png")
    let counts = try write(storage, size: storage == .raw ? 256 : nil, skips: true)
    let train = try Dataset(folder: folder("out/train"))
    if storage == .raw {
      #expect(counts.faults.isEmpty && counts.train == 7)
      for (sample, name) in ["tall", "wide"].enumerated() {
        let strip = try Picture(path: Places.golden("pictures/\(name).png"))
        #expect(try train.picture(sample) == strip.centered(side: 256))
      }
    } else {
      #expect(counts.train == 6 && train.manifest.skipped == 1)
      #expect(
        counts.faults == [
          "\(folder("in/train/a/wide.png")): has 1 × 65501 pixels, and no side of a JPEG file "
            + "exceeds 65500: --storage raw takes it"
        ])
      let strip = try train.picture(0)
      #expect(try train.name(0) == "train/a/tall.png")
      #expect((strip.height, strip.width) == (20_000, 1))
    }
  }

  @Test func aClassWithoutASoundPictureIsAnError() throws {
    try fill()
    try folder.write("in/val/b/1.png", "no picture")
    try put("plain.jpg", "val/a/2.jpg")
    let error = #expect(throws: CSGError.self) { try write(skips: true) }
    #expect(error?.message == "test: the class 'b' has no sound picture")
    #expect(!FileManager.default.fileExists(atPath: folder("out")))
  }

  @Test func aShardWithoutASoundPictureIsAnError() throws {
    try fill()
    try folder.write("in/val/b/1.png", "no picture")
    let error = #expect(throws: CSGError.self) { try write(shards: 2, skips: true) }
    #expect(error?.message == "test: shard-00001.h5 has no sound sample")
  }

  @Test func namesCanBeAskedForByManyThreads() throws {
    try fill()
    _ = try write(shards: 2)
    let train = try Dataset(folder: folder("out/train"))
    let expected = try (0..<5).map { try Dataset(folder: folder("out/train")).name($0) }
    let wrong = Locked<[Int]>([])
    DispatchQueue.concurrentPerform(iterations: 200) { number in
      let name = try? train.name(number % 5)
      if name != expected[number % 5] { wrong.withLock { $0.append(number) } }
    }
    let all = wrong.withLock { $0 }
    #expect(all == [])
  }

  // MARK: Layout

  @Test func classesThatDifferAreNamed() throws {
    try fill()
    try put("plain.jpg", "train/c/1.jpg")
    try put("plain.jpg", "val/d/1.jpg")
    let error = #expect(throws: CSGError.self) { try write() }
    #expect(error?.exitCode == .data)
    #expect(
      error?.message
        == "\(folder("in")): the splits have different classes: train/c is missing in val/, "
        + "val/d is missing in train/")
  }

  @Test func anEmptyClassIsNamed() throws {
    try fill()
    for split in ["train", "val"] { try folder.write("in/\(split)/c/readme.txt", "x") }
    let error = #expect(throws: CSGError.self) { try write() }
    #expect(
      error?.message
        == "\(folder("in/train/c")): has no JPEG or PNG files, but 1 other: train/c/readme.txt")
  }

  @Test func aMissingSplitIsNamed() throws {
    try put("plain.jpg", "train/a/1.jpg")
    let error = #expect(throws: CSGError.self) { try write() }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.hasPrefix(folder("in")) == true)
  }

  // MARK: Names are bytes

  private func expectRefused(_ parts: String...) {
    let error = #expect(throws: CSGError.self) { try write() }
    #expect(error?.exitCode == .data, "\(String(describing: error))")
    for part in parts {
      #expect(error?.message.contains(part) == true, "'\(part)' in \(String(describing: error))")
    }
    #expect(!FileManager.default.fileExists(atPath: folder("out")))
  }

  /// A folder whose name ends in a byte that is no UTF-8.
  private func makeLatin(_ path: String) throws {
    let name = Array(folder("in/\(path)").utf8) + [0xF1, 0]
    let code = name.withUnsafeBytes { bytes -> Int32 in
      guard let path = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
      return mkdir(path, 0o755)
    }
    try #require(code == 0)
  }

  /// A class that is dropped shifts the labels of all after it.
  @Test func aClassWhoseNameIsNotUTF8IsRefused() throws {
    try fill()
    for split in ["train", "val"] { try makeLatin("\(split)/aa") }
    expectRefused("in/train/aa\\xf1", "not UTF-8")
  }

  @Test func aClassThatLinksNowhereIsRefused() throws {
    try fill()
    for split in ["train", "val"] {
      try FileManager.default.createSymbolicLink(
        atPath: folder("in/\(split)/aa"), withDestinationPath: "/nowhere")
    }
    expectRefused("in/train/aa", "leads nowhere")
  }

  @Test func aPictureWhoseNameIsNotUTF8IsRefused() throws {
    try fill()
    let name = Array(folder("in/train/b/").utf8) + [0xE9] + Array(".jpg".utf8) + [0]
    let old = folder("in/train/b/2.jpg")
    let code = name.withUnsafeBytes { new -> Int32 in
      guard let path = new.bindMemory(to: CChar.self).baseAddress else { return -1 }
      return rename(old, path)
    }
    try #require(code == 0)
    expectRefused("in/train/b/\\xe9.jpg", "not UTF-8")
    #expect(try write(skips: true).train == 4)
    #expect(try Manifest(folder: folder("out/train")).skipped == 1)
  }

  @Test func twoSpellingsOfOneClassAreBothNamed() throws {
    try fill()
    try put("plain.jpg", "train/\u{e9}/1.jpg")
    try put("plain.jpg", "val/e\u{301}/1.jpg")
    expectRefused("train/\u{e9} is spelled \\u{e9}, in val/ e\\u{301}")
    try put("plain.jpg", "train/e\u{301}/1.jpg")
    expectRefused("two folders of one name", "e\\u{301} and \\u{e9}")
  }

  @Test func whatIsNoFolderIsNoClass() throws {
    try fill()
    try folder.write("in/train/README", "x")
    try folder.write("in/val/.hidden/1.jpg", "x")
    _ = try write()
    #expect(try Dataset(folder: folder("out/train")).manifest.classes == ["a", "b"])
  }

  /// A pipe by a picture's name would be waited for, for ever.
  @Test func aPipeIsNoPicture() throws {
    try fill()
    #expect(mkfifo(folder("in/train/b/0.jpg"), 0o600) == 0)
    expectRefused("in/train/b/0.jpg", "is no file, but a device, pipe or socket")
    #expect(try write(skips: true).faults.count == 1)
  }

  // MARK: What is a picture

  /// The content decides; a name that ends in one of five ways promises it.
  @Test func picturesAreToldByTheirContent() throws {
    try fill()
    for name in ["x.jfif", "x.jpe", "none", "query.jpg?w=300", "trail.jpg."] {
      try put("plain.jpg", "train/b/\(name)")
    }
    try put("palette-8.png", "train/b/more/deep/y.webp")
    try put("plain.jpg", "train/b/folder.jpg.d/1.jpg")
    #expect(try write().train == 12)
    let train = try Dataset(folder: folder("out/train"))
    let names = try (0..<12).map { try train.name($0) ?? "" }.filter { $0.hasPrefix("train/b/") }
    #expect(
      names.map { $0.dropFirst(8) } == [
        "10.JPEG", "2.jpg", "folder.jpg.d/1.jpg", "more/deep/y.webp", "none", "query.jpg?w=300",
        "trail.jpg.", "x.jfif", "x.jpe", "é.png",
      ])
    #expect(train.manifest.passedOver == nil)
  }

  private static let foreign: [(name: String, bytes: [UInt8], kind: String)] = [
    ("a.webp", Array("RIFF\u{1}\u{0}\u{0}\u{0}WEBPVP8 ".utf8), "WebP"),
    ("b.bmp", Array("BM".utf8) + [UInt8](repeating: 1, count: 60), "BMP"),
    ("c.gif", Array("GIF89a".utf8), "GIF"), ("d.tif", Array("II*\u{0}".utf8), "TIFF"),
    ("e.heic", [0, 0, 0, 24] + Array("ftypheic".utf8), "HEIF or AVIF"),
    ("f.ppm", Array("P6\n2 2\n255\n".utf8), "Netpbm"),
    ("g.html", Array("\n<!DOCTYPE html><html>".utf8), "HTML"),
    ("h", Array("version https://git-lfs.github.com/spec/v1".utf8), "Git LFS pointer"),
    ("i", [], "empty"), ("._0.jpg", [0, 5, 22, 7], "hidden"), ("Thumbs.db", [1], "Thumbs.db"),
    ("notes.txt", Array("x".utf8), "other"),
  ]

  @Test func whatIsPassedOverIsCountedByKindAndClass() throws {
    try fill()
    for (name, bytes, _) in Self.foreign { try folder.write("in/train/a/\(name)", bytes) }
    try folder.write("in/train/a/z.webp", Self.foreign[0].bytes)
    try folder.write("in/val/b/z.webp", Self.foreign[0].bytes)
    try put("plain.jpg", "val/loose.jpg")
    let form = ImageFolder.Form(storage: .raw, size: 16)
    let found = try ImageFolder(folder: folder("in"), form: form, allowsLoss: true).passedOver
    #expect(found.filter { $0.className == "a" }.map(\.count).reduce(0, +) == 13)
    for (name, _, kind) in Self.foreign {
      let one = try #require(found.first { $0.kind == kind && $0.className == "a" }, "\(kind)")
      #expect(one.count == (kind == "WebP" ? 2 : 1) && one.names.first == "train/a/\(name)")
    }
    let loose = try #require(found.first { $0.className == nil })
    #expect(loose.kind == "JPEG or PNG" && loose.names == ["val/loose.jpg"])
    #expect(
      PassedOver.lines(found).contains(
        "3 WebP (2 of a, 1 of b): train/a/a.webp, train/a/z.webp, val/b/z.webp"))
    _ = try write(allowsLoss: true)
    let manifest = try Manifest(folder: folder("out/train"))
    #expect(manifest.passedOver == found.filter { $0.names[0].hasPrefix("train/") })
    let text = try String(contentsOfFile: folder("out/test/manifest.json"), encoding: .utf8)
    #expect(text.contains("\"passed_over\"") && text.contains("val/b/z.webp"))
    // It is part of what the manifest's digest holds.
    try folder.write(
      "out/test/manifest.json", Array(text.replacing("val/b/z.webp", with: "val/b/y.webp").utf8))
    #expect(throws: CSGError.self) { try Manifest(folder: folder("out/test")) }
  }

  @Test func aClassThatLosesMoreThanATenthIsAnError() throws {
    try fill()
    for number in 3..<10 { try put("plain.jpg", "train/a/\(number).jpg") }
    let webP = Self.foreign[0].bytes
    try folder.write("in/train/a/0.webp", webP)
    try folder.write("in/train/a/notes.txt", "x")
    #expect(try write().train == 12, "one of ten")
    try folder.write("in/train/a/1.webp", webP)
    let error = #expect(throws: CSGError.self) { try write(to: "second") }
    #expect(error?.exitCode == .data)
    #expect(
      error?.message
        == "\(folder("in/train/a")): 2 of 11 pictures are neither JPEG nor PNG: 2 WebP: "
        + "train/a/0.webp, train/a/1.webp")
    #expect(error?.remedy?.contains("--allow-loss") == true)
    #expect(try write(allowsLoss: true, to: "second").train == 12)
  }

  /// Whatever the fault, and whether its name or its opening tells it.
  @Test func everyPictureThatCannotBeHadIsLeftOut() throws {
    try fill()
    try put("plain.jpg", "train/b/x.jpg/1.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: folder("in/train/a/0.jpg"), withDestinationPath: "/nowhere")
    var error = #expect(throws: CSGError.self) { try write() }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.hasPrefix("2 pictures that cannot be read: ") == true)
    #expect(error?.message.contains("in/train/a/0.jpg: leads nowhere") == true)
    #expect(error?.message.contains("in/train/b/x.jpg: is a folder, not a file") == true)
    try folder.write("in/train/a/empty.jpg", "")
    error = #expect(throws: CSGError.self) { try write() }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix("3 pictures that are damaged or cannot be read: ") == true)
    #expect(
      error?.message.contains("empty.jpg: is neither a JPEG nor a PNG file, but empty") == true)
    let counts = try write(skips: true)
    #expect(counts.train == 5 && counts.faults.count == 3)
    #expect(try Manifest(folder: folder("out/train")).skipped == 3)
  }

  @Test func aSplitWithoutClassFoldersIsNamed() throws {
    try put("plain.jpg", "train/a/1.jpg")
    try put("plain.jpg", "train/b/1.jpg")
    for number in 0..<3 { try put("plain.jpg", "val/\(number).jpg") }
    let error = #expect(throws: CSGError.self) { try write() }
    #expect(
      error?.message == "\(folder("in/val")): has 3 pictures, but no folders of classes")
    #expect(error?.remedy?.contains("a folder for each class") == true)
  }

  @Test func aLinkThatLeadsBackIsNamed() throws {
    try fill()
    try FileManager.default.createSymbolicLink(
      atPath: folder("in/train/a/more"), withDestinationPath: "../a")
    expectRefused("in/train/a/more", "leads back to \(folder("in/train/a"))")
  }

  @Test func moreShardsThanSamplesAreAnErrorWithTheirNumber() throws {
    try fill()
    let error = #expect(throws: CSGError.self) { try write(shards: 3) }
    #expect(error?.exitCode == .usage && error?.remedy == "give --shards 2 or less")
  }

  /// Its deviation is exactly 0, whatever rounding makes of it.
  @Test func aChannelWithoutChangeIsTold() throws {
    for (place, level) in [("train/a", 3), ("train/b", 201), ("val/a", 9), ("val/b", 80)] {
      let pixels: [UInt8] = (0..<63).flatMap { [UInt8(level + $0 % 5), 77, UInt8(level)] }
      let picture = Picture(height: 7, width: 9, channels: 3, pixels: pixels)
      try folder.write("in/\(place)/1.png", picture.png(path: "1.png"))
    }
    var told: [String] = []
    _ = try write(tell: { told.append($0) })
    let manifest = try Manifest(folder: folder("out/train"))
    #expect(manifest.std[1] == 0 && manifest.std[0] > 0.3 && manifest.std[2] > 0.3)
    #expect(told.contains { $0.hasPrefix("channel 1 of the training images is 0.30") })
  }

  /// Names are part of what a split holds, and of its verification.
  @Test func changedNamesAreFound() throws {
    try fill()
    _ = try write()
    let shard = folder("out/train/shard-00000.h5")
    let whole = try Data(contentsOf: URL(fileURLWithPath: shard))
    var bytes = [UInt8](whole)
    let place = try #require(bytes.firstRange(of: Array("train/b/10.JPEG".utf8))).lowerBound
    for byte in place..<place + 15 { bytes[byte] = UInt8(ascii: "x") }
    try folder.write("out/train/shard-00000.h5", bytes)
    #expect(throws: CSGError.self) { try Dataset(folder: folder("out/train")).verify() }
    try folder.write("out/train/shard-00000.h5", [UInt8](whole))
    let file = try HDF5File(updating: shard)
    try file.remove("names")
    try file.close()
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("out/train")).verify() }
    #expect(error?.message.contains("lacks the names") == true, "\(String(describing: error))")
  }
}
