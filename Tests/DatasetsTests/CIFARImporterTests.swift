import Core
import Datasets
import Foundation
import TestSupport
import Testing

struct CIFARImporterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// One record: label bytes, then red, green and blue planes of seeded bytes.
  private func record(_ labels: [UInt8], seed: UInt64) -> [UInt8] {
    labels + Samples.bytes(3 * 1024, seed: seed)
  }

  /// Training batches of 1, 2, 3, 1 and 1 records, a test batch of 2; labels count up from 0.
  private func writeCIFAR10() throws {
    var next: UInt8 = 0
    for (index, count) in [1, 2, 3, 1, 1].enumerated() {
      let records = (0..<count).flatMap { _ in
        defer { next += 1 }
        return record([next], seed: UInt64(next))
      }
      try folder.write("data_batch_\(index + 1).bin", records)
    }
    try folder.write("test_batch.bin", record([9], seed: 100) + record([0], seed: 101))
  }

  private func expectInterleaved(
    _ split: RawSplit, _ sample: Int, seed: UInt64,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let planes = Samples.bytes(3 * 1024, seed: seed)
    let image = split.image(sample)
    for row in 0..<32 {
      for column in 0..<32 {
        for channel in 0..<3 {
          #expect(
            image[(row * 32 + column) * 3 + channel] == planes[channel * 1024 + row * 32 + column],
            "sample \(sample) at [\(row)][\(column)][\(channel)]", sourceLocation: sourceLocation)
        }
      }
    }
  }

  @Test func planesBecomePixelsAndBatchesFollowEachOther() throws {
    try writeCIFAR10()
    let raw = try CIFARImporter.cifar10(folder: folder.path)
    #expect(raw.train.height == 32 && raw.train.width == 32 && raw.train.channels == 3)
    #expect(raw.train.labels == Array(0..<8))
    #expect(raw.test.labels == [9, 0])
    #expect(raw.train.pixels.count == 8 * 3072 && raw.test.pixels.count == 2 * 3072)
    for sample in [0, 2, 7] { expectInterleaved(raw.train, sample, seed: UInt64(sample)) }
    expectInterleaved(raw.test, 1, seed: 101)
  }

  @Test func theFineLabelsOfCIFAR100AreTaken() throws {
    try folder.write("train.bin", record([7, 99], seed: 1) + record([19, 0], seed: 2))
    try folder.write("test.bin", record([200, 42], seed: 3))
    let raw = try CIFARImporter.cifar100(folder: folder.path)
    #expect(raw.classes.count == 100)
    #expect(raw.train.labels == [99, 0] && raw.test.labels == [42])
    expectInterleaved(raw.train, 1, seed: 2)
    expectInterleaved(raw.test, 0, seed: 3)
  }

  @Test func namesOfClassesAreReadWhereTheyLie() throws {
    try writeCIFAR10()
    #expect(try CIFARImporter.cifar10(folder: folder.path).classes[6] == "frog")
    let names = (0..<10).map { "name \($0)" }
    try folder.write("batches.meta.txt", names.joined(separator: "\n") + "\n\n")
    #expect(try CIFARImporter.cifar10(folder: folder.path).classes == names)
    try folder.write("batches.meta.txt", "cat\ndog\n")
    let error = #expect(throws: CSGError.self) { try CIFARImporter.cifar10(folder: folder.path) }
    #expect(error?.message.contains("names 2 classes, not 10") == true)
  }

  @Test(arguments: ["data_batch_1.bin", "data_batch_4.bin", "test_batch.bin"])
  func aMissingBatchIsNamed(name: String) throws {
    try writeCIFAR10()
    try FileManager.default.removeItem(atPath: folder(name))
    let error = #expect(throws: CSGError.self) { try CIFARImporter.cifar10(folder: folder.path) }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains(folder(name)) == true)
  }

  @Test(arguments: [0, 1, 3072, 3074, 6145, 3 * 3073 - 1])
  func aCutBatchIsNamedWithItsByte(length: Int) throws {
    try writeCIFAR10()
    let whole = (0..<3).flatMap { record([$0], seed: UInt64($0)) }
    let path = try folder.write("data_batch_3.bin", Array(whole.prefix(length)))
    let error = #expect(throws: CSGError.self) { try CIFARImporter.cifar10(folder: folder.path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix("\(path): is cut at byte \(length)") == true)
  }

  @Test func aLabelOutOfRangeIsNamedWithItsByte() throws {
    try writeCIFAR10()
    let ten = try folder.write("test_batch.bin", record([9], seed: 1) + record([10], seed: 2))
    var error = #expect(throws: CSGError.self) { try CIFARImporter.cifar10(folder: folder.path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "\(ten): label 10 at byte 3073 is not below 10")
    try folder.write("train.bin", record([0, 99], seed: 1))
    let hundred = try folder.write(
      "test.bin", record([0, 1], seed: 1) + record([0, 100], seed: 2))
    error = #expect(throws: CSGError.self) { try CIFARImporter.cifar100(folder: folder.path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "\(hundred): label 100 at byte 3075 is not below 100")
  }
}
