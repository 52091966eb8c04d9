import Core
import Datasets
import Foundation
import TestSupport
import Testing

struct FashionMNISTImporterTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Samples.writeIDX(train: 4, test: 2, seed: 3, in: folder)
  }

  private static let isInstalled = FileManager.default.fileExists(atPath: Places.fashionMNIST)

  /// Counts, first labels and the training mean are those that the data set's authors publish.
  @Test(.enabled(if: isInstalled, "needs Debian's dataset-fashion-mnist"))
  func theRealFilesAreRead() throws {
    let raw = try FashionMNISTImporter.load(folder: Places.fashionMNIST)
    #expect(raw.classes.count == 10 && raw.classes[9] == "Ankle boot")
    for (split, each) in [(raw.train, 6000), (raw.test, 1000)] {
      #expect(split.height == 28 && split.width == 28 && split.channels == 1)
      #expect(split.count == 10 * each && split.pixels.count == 10 * each * 784)
      var counts = [Int](repeating: 0, count: 10)
      for label in split.labels { counts[Int(label)] += 1 }
      #expect(counts == [Int](repeating: each, count: 10))
    }
    #expect(raw.train.labels.prefix(10) == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5])
    #expect(raw.test.labels.prefix(10) == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7])
    let mean = Double(raw.train.pixels.reduce(0) { $0 + Int($1) }) / Double(255 * 60_000 * 784)
    #expect(abs(mean - 0.2860) < 1e-4)
  }

  @Test func pixelsAndLabelsAreThoseOfTheFiles() throws {
    let raw = try FashionMNISTImporter.load(folder: folder.path)
    #expect(raw.train.height == 6 && raw.train.width == 5 && raw.test.count == 2)
    #expect(raw.train.pixels == Samples.bytes(120, seed: 34))
    #expect(raw.train.labels == Samples.bytes(4, below: 10, seed: 35).map(Int32.init))
  }

  @Test(arguments: [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ])
  func aMissingFileIsNamed(name: String) throws {
    try FileManager.default.removeItem(atPath: folder(name))
    let error = #expect(throws: CSGError.self) {
      try FashionMNISTImporter.load(folder: folder.path)
    }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains(folder(name)) == true)
  }

  // MARK: Bad files

  /// A file that replaces a good one, and what the error says of it.
  struct Damage: CustomTestStringConvertible, Sendable {
    let what: String, file: String
    let bytes: [UInt8]
    let says: String
    var testDescription: String { what }

    static let images = "train-images-idx3-ubyte", labels = "train-labels-idx1-ubyte"
    static let pixels = [UInt8](repeating: 1, count: 120)
    static let all = [
      Damage(what: "empty", file: images, bytes: [], says: "no IDX file"),
      Damage(what: "text", file: labels, bytes: Array("label,pixel".utf8), says: "no IDX file"),
      Damage(
        what: "magic of floats", file: images,
        bytes: Samples.idx([4, 6, 5], pixels, magic: 0x0D03), says: "(byte 0)"),
      Damage(
        what: "labels for images", file: images, bytes: Samples.idx([4], [0, 1, 2, 3]),
        says: "3 axes"),
      Damage(what: "cut header", file: labels, bytes: [0, 0, 8, 1, 0, 0], says: "no IDX file"),
      Damage(
        what: "cut images", file: images, bytes: Samples.idx([4, 6, 5], pixels.dropLast()),
        says: "cut at byte 135: its header promises 136"),
      Damage(
        what: "cut labels", file: labels, bytes: Samples.idx([4], [1, 2]),
        says: "cut at byte 10: its header promises 12"),
      Damage(
        what: "more than promised", file: labels, bytes: Samples.idx([4], [1, 2, 3, 4, 5]),
        says: "byte 13"),
      Damage(
        what: "label 10", file: labels, bytes: Samples.idx([4], [9, 0, 10, 11]),
        says: "label 10 at byte 10 is not below 10"),
      Damage(
        what: "fewer labels", file: labels, bytes: Samples.idx([3], [1, 2, 3]),
        says: "3 labels for 4 images"),
      Damage(
        what: "empty images", file: images, bytes: Samples.idx([4, 0, 5], []), says: "[4, 0, 5]"),
      Damage(
        what: "sizes beyond an Int", file: images,
        bytes: Samples.idx([1 << 31, 1 << 31, 1 << 31], []), says: "cut at byte 16"),
    ]
  }

  @Test(arguments: Damage.all)
  func aBadFileIsRefused(damage: Damage) throws {
    let path = try folder.write(damage.file, damage.bytes)
    let error = #expect(throws: CSGError.self) {
      try FashionMNISTImporter.load(folder: folder.path)
    }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix("\(path): ") == true)
    #expect(error?.message.contains(damage.says) == true)
  }

  /// 49 · 218,934,409 · 859,764,727 = 2⁶³ − 1: the product fits, the header on top does not.
  @Test func aSizeJustWithinAnIntDoesNotCrash() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try Samples.writeIDX(train: 4, test: 2, seed: 3, in: folder)
      try folder.write(Damage.images, Samples.idx([49, 218_934_409, 859_764_727], []))
      #expect(throws: CSGError.self) { try FashionMNISTImporter.load(folder: folder.path) }
    }
  }
}

struct GzipFileTests {
  /// `bytes` as one stored block of a gzip file (RFC 1951 and 1952).
  private static func packed(_ bytes: [UInt8]) -> [UInt8] {
    func little(_ word: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    let sum = ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
    let size = UInt32(bytes.count)
    return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(size, 2) + little(~size, 2) + bytes
      + little(sum, 4) + little(size, 4)
  }

  private let folder: TemporaryFolder
  private let file: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    try Samples.writeIDX(train: 4, test: 2, seed: 3, in: folder)
    let plain = folder("train-labels-idx1-ubyte")
    file = Self.packed([UInt8](try Data(contentsOf: URL(fileURLWithPath: plain))))
    try FileManager.default.removeItem(atPath: plain)
  }

  private func load(_ bytes: [UInt8]) throws -> RawDataset {
    try folder.write("train-labels-idx1-ubyte.gz", bytes)
    return try FashionMNISTImporter.load(folder: folder.path)
  }

  @Test func aPackedFileIsUnpacked() throws {
    #expect(try load(file).train.labels == Samples.bytes(4, below: 10, seed: 35).map(Int32.init))
  }

  @Test func everyCutIsRefused() throws {
    for length in 0..<file.count {
      let error = #expect(throws: CSGError.self, "cut at \(length) of \(file.count)") {
        try load(Array(file.prefix(length)))
      }
      #expect(error?.exitCode == .data)
      #expect(error?.message.contains("train-labels-idx1-ubyte.gz") == true)
    }
  }

  /// The checksum covers content that would do as labels too.
  @Test func aFlippedBitOfTheContentIsRefused() throws {
    var damaged = file
    damaged[15 + 8] ^= 1
    let error = #expect(throws: CSGError.self) { try load(damaged) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("damaged or cut near byte") == true)
  }
}
