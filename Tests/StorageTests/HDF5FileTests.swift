import Core
import Foundation
import Storage
import TestSupport
import Testing

struct HDF5FileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ name: String = "a.h5", _ fill: (HDF5File) throws -> Void) throws -> String {
    let path = folder(name)
    let file = try HDF5File(creating: path)
    try fill(file)
    try file.close()
    return path
  }

  // MARK: Data sets

  private func roundTrip<Element: HDF5Element & Equatable>(_ values: [Element]) throws {
    let path = try file("\(Element.self).h5") {
      try $0.write(values, shape: [values.count], to: "plain")
      let dataset = try $0.createDataset(
        "deep/er/rows", of: Element.self, shape: [2, values.count], chunk: [1, values.count])
      try dataset.writeRow(0, values[...])
      try dataset.writeRow(1, [Element](values.reversed())[...])
    }
    let file = try HDF5File(reading: path)
    #expect(try file.datasetNames() == ["deep/er/rows", "plain"])
    #expect(try file.dataset("plain").holds(Element.self))
    #expect(try file.dataset("plain").readAll(Element.self) == values)
    let rows = try file.dataset("deep/er/rows")
    #expect(rows.shape == [2, values.count] && rows.rowCount == values.count)
    #expect(try rows.readAll(Element.self) == values + values.reversed())
    var row = values
    try rows.readRow(1, into: &row)
    #expect(row == values.reversed())
  }

  @Test func everyElementTypeComesBack() throws {
    try roundTrip([0, 1, 127, 128, 255] as [UInt8])
    try roundTrip([0, 1, -1, .min, .max] as [Int32])
    try roundTrip([0, 1, -1, .min, .max] as [Int64])
    try roundTrip([0, 1, 1 << 63, .max] as [UInt64])
    try roundTrip([0, -1.5, .infinity, .leastNonzeroMagnitude, .pi] as [Float])
    try roundTrip([0, -1.5, .infinity, .leastNonzeroMagnitude, .pi] as [Double])
  }

  @Test func bitsOfFloatsComeBack() throws {
    let values: [Float] = [-0.0, Float(bitPattern: 0x7fc1_2345), .greatestFiniteMagnitude]
    let path = try file { try $0.write(values, shape: [3], to: "x") }
    let read = try HDF5File(reading: path).dataset("x").readAll(Float.self)
    #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test(arguments: [[], [0], [3, 0], [1], [2, 3, 1, 2]])
  func shapesComeBack(shape: [Int]) throws {
    let values = (0..<shape.reduce(1, *)).map(Float.init)
    let path = try file { try $0.write(values, shape: shape, to: "x") }
    let dataset = try HDF5File(reading: path).dataset("x")
    #expect(dataset.shape == shape)
    #expect(try dataset.readAll(Float.self) == values)
  }

  @Test func rowsAreAppendedAndCutOff() throws {
    let path = try file {
      let bytes = try $0.createDataset(
        "bytes", of: UInt8.self, shape: [0], chunk: [8], growable: true)
      for run in [[1, 2, 3], [], [4, 5, 6, 7, 8, 9, 10, 11], [12]] as [[UInt8]] {
        try bytes.append(run)
      }
      let rows = try $0.createDataset("rows", of: Int32.self, shape: [4, 2], chunk: [1, 2])
      for row in 0..<3 { try rows.writeRow(row, [Int32(row), 7][...]) }
      try rows.resize(rows: 3)
    }
    let file = try HDF5File(reading: path)
    let bytes = try file.dataset("bytes")
    #expect(try bytes.readAll(UInt8.self) == Array(1...12))
    var part = [UInt8](repeating: 0, count: 6)
    try bytes.readRows(5..<11, into: &part)
    #expect(part == Array(6...11))
    #expect(try file.dataset("rows").readAll(Int32.self) == [0, 7, 1, 7, 2, 7])
  }

  @Test(arguments: [["a", "zwei/Wörter.jpg", "", "日本"], [""], []])
  func textsComeBack(texts: [String]) throws {
    let path = try file { try $0.write(texts: texts, to: "names") }
    #expect(try HDF5File(reading: path).dataset("names").readTexts() == texts)
  }

  @Test func numbersAreNoTexts() throws {
    let path = try file { try $0.write([1, 2] as [Int32], shape: [2], to: "labels") }
    let error = #expect(throws: CSGError.self) {
      try HDF5File(reading: path).dataset("labels").readTexts()
    }
    #expect(error?.message == "\(path): labels does not hold texts")
  }

  @Test func anAttributeIsReplaced() throws {
    let path = try file { try $0.setAttribute("first", 3) }
    let updated = try HDF5File(updating: path)
    try updated.replaceAttribute("first", by: 1 << 40)
    try updated.close()
    #expect(try HDF5File(reading: path).number("first") == 1 << 40)
  }

  /// No clock is written: two files of one content are equal.
  @Test func equalContentMakesEqualFiles() throws {
    let files = try ["a.h5", "b.h5"].map { name in
      defer { Thread.sleep(forTimeInterval: 1.1) }
      return try file(name) {
        try $0.write([1, 2] as [Float], shape: [2], to: "deep/x")
        try $0.setAttribute("step", 3)
      }
    }
    let contents = files.map { FileManager.default.contents(atPath: $0) }
    #expect(contents[0] == contents[1])
  }

  @Test func anotherTypeIsRefused() throws {
    let path = try file { try $0.write([1, 2] as [Int32], shape: [2], to: "labels") }
    let dataset = try HDF5File(reading: path).dataset("labels")
    #expect(try !dataset.holds(Float.self))
    let error = #expect(throws: CSGError.self) { try dataset.readAll(Float.self) }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "\(path): labels does not hold Float")
    #expect(throws: CSGError.self) { try dataset.readAll(Int64.self) }
    #expect(throws: CSGError.self) { try dataset.readAll(UInt8.self) }
  }

  @Test func aMissingDatasetIsNamed() throws {
    let path = try file { try $0.setAttribute("format", "x") }
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: path).dataset("gate") }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "\(path): has no data set 'gate'")
  }

  /// A header may promise terabytes that were never written.
  @Test func aDatasetLargerThanItsFileIsRefused() throws {
    let path = try file {
      _ = try $0.createDataset(
        "x", of: UInt8.self, shape: [1 << 20, 1 << 20], chunk: [1, 1 << 20])
    }
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: path).dataset("x") }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("more elements than the file has bytes") == true)
  }

  @Test func aFlippedByteInAChunkIsDetected() throws {
    let row = (0..<64).map { UInt8($0 + 100) }
    let path = try file {
      let dataset = try $0.createDataset("x", of: UInt8.self, shape: [2, 64], chunk: [1, 64])
      try dataset.writeRow(0, [UInt8](repeating: 7, count: 64)[...])
      try dataset.writeRow(1, row[...])
    }
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let place = try #require(bytes.firstRange(of: row)).lowerBound
    bytes[place + 9] ^= 4
    try folder.write("a.h5", bytes)
    let dataset = try HDF5File(reading: path).dataset("x")
    var read = row
    try dataset.readRow(0, into: &read)
    #expect(read == [UInt8](repeating: 7, count: 64))
    let error = #expect(throws: CSGError.self) { try dataset.readRow(1, into: &read) }
    #expect(error?.exitCode == .data)
    #expect(
      error?.message == "\(path): x[1] cannot be read: it is damaged: "
        + "data error detected by Fletcher32 checksum", "the library's own words")
    #expect(throws: CSGError.self) { try dataset.readAll(UInt8.self) }
  }

  // MARK: Attributes

  @Test(arguments: ["", "a", "θ, G — naïve 🎲", String(repeating: "long ", count: 20_000)])
  func textsComeBack(text: String) throws {
    let path = try file { try $0.setAttribute("note", text) }
    let file = try HDF5File(reading: path)
    #expect(try file.text("note") == text)
    #expect(try file.number("note") == nil)
  }

  @Test(arguments: [0, 1, -1, .min, .max])
  func numbersComeBack(number: Int) throws {
    let path = try file { try $0.setAttribute("step", number) }
    let file = try HDF5File(reading: path)
    #expect(try file.number("step") == number)
    #expect(try file.text("step") == nil)
  }

  @Test func attributesAreListedInOrder() throws {
    let names = (0..<20).map { "attribute \($0)" }
    let path = try file { file in
      for (number, name) in names.enumerated() { try file.setAttribute(name, number) }
    }
    let file = try HDF5File(reading: path)
    #expect(try file.attributeNames() == names.sorted())
    #expect(try names.map { try file.number($0) } == Array(0..<20))
    #expect(try file.text("none") == nil)
    #expect(try file.number("none") == nil)
  }

  // MARK: Files

  @Test(
    arguments: [
      [], Array("name: value\n".utf8), [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a],
      [UInt8](repeating: 0, count: 5000),
    ] as [[UInt8]])
  func aForeignFileIsRefused(bytes: [UInt8]) throws {
    let path = try folder.write("foreign.h5", bytes)
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix(path) == true)
  }

  @Test(arguments: [0.1, 0.5, 0.9, 0.999])
  func aCutFileIsRefused(part: Double) throws {
    let path = try file { try $0.write((0..<5000).map(Float.init), shape: [5000], to: "x") }
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    try folder.write("a.h5", Array(bytes.prefix(Int(part * Double(bytes.count)))))
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: path) }
    #expect(error?.exitCode == .data)
  }

  /// What a notebook has open for writing, or had when it died, is whole.
  @Test func aFileThatIsMarkedAsOpenIsNotCalledDamaged() throws {
    let path = try file { try $0.write([Float(1)], shape: [1], to: "x") }
    let other = try HDF5File(updating: path)
    try FileManager.default.copyItem(atPath: path, toPath: folder("left.h5"))
    try other.close()
    #expect(try HDF5File(reading: path).dataset("x").readAll(Float.self) == [1])
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: folder("left.h5")) }
    #expect(error?.exitCode == .noInput && error?.isDamage == false)
    #expect(error?.message.contains("is marked as open for writing") == true)
    #expect(error?.remedy?.hasSuffix("h5clear -s \(folder("left.h5"))") == true)
  }

  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: folder("none.h5")) }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains(folder("none.h5")) == true)
  }

  @Test func afolderIsNoFile() {
    let error = #expect(throws: CSGError.self) { try HDF5File(reading: folder.path) }
    #expect(error?.exitCode == .data)
  }

  @Test func anExistingFileIsNotReplaced() throws {
    let path = try folder.write("a.h5", "mine")
    let error = #expect(throws: CSGError.self) { try HDF5File(creating: path) }
    #expect(error?.exitCode == .cannotCreate)
    #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
  }

  @Test func theLibraryIsThreadSafe() throws {
    let (version, isThreadSafe) = try HDF5File.libraryVersion()
    #expect(version.hasPrefix("1."))
    #expect(isThreadSafe)
  }
}
