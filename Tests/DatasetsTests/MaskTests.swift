import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// Masks in shards.
struct MaskTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Six samples of 4 rows and 3 columns; `changed` turns a pixel of one mask over, and `damaged` is
  /// a sample that cannot be read.
  private struct Source: SampleSource {
    var count: Int { 6 }
    var height: Int { 4 }
    var width: Int { 3 }
    var channels: Int { 1 }
    var hasNames: Bool { false }
    var hasMasks = true
    var changed: Int?
    var value: UInt8 = 1
    var damaged: Int?

    func mask(_ index: Int) -> [UInt8] {
      var mask = Samples.bytes(12, below: 2, seed: UInt64(index)).map { $0 * value }
      if index == changed { mask[7] = 1 - mask[7] }
      return mask
    }

    func sample(_ index: Int) throws -> Sample {
      guard index != damaged else { throw CSGError.data("six", "is damaged") }
      let pixels = Samples.bytes(12, seed: UInt64(100 + index))
      return Sample(
        .pixels(Picture(height: 4, width: 3, channels: 1, pixels: pixels)), label: Int32(index % 2),
        mask: Picture(height: 4, width: 3, channels: 1, pixels: mask(index)))
    }
  }

  private func write(_ train: Source, _ name: String = "set") throws -> Dataset {
    _ = try DatasetWriter(
      classes: ["a", "b"], source: "masks", shards: 2, skipsDamaged: true, progress: { _ in }
    ).write(train: train, test: Source(), to: folder(name))
    return try Dataset(folder: folder("\(name)/train"))
  }

  @Test func masksComeBack() throws {
    let dataset = try write(Source())
    #expect(dataset.manifest.hasMasks)
    for sample in 0..<6 { #expect(try dataset.mask(sample) == Source().mask(sample)) }
    #expect(throws: Never.self) { try dataset.verify() }
  }

  @Test func theFingerprintCoversThem() throws {
    let first = try write(Source(), "a").manifest.fingerprint
    #expect(try write(Source(), "b").manifest.fingerprint == first)
    for sample in [0, 5] {
      let other = try write(Source(changed: sample), "c\(sample)")
      #expect(other.manifest.fingerprint != first)
      #expect(throws: Never.self) { try other.verify() }
    }
  }

  @Test func damagedSamplesTakeTheirMasksAlong() throws {
    let dataset = try write(Source(damaged: 1))
    #expect(dataset.count == 5 && dataset.manifest.skipped == 1)
    for (sample, index) in [0, 2, 3, 4, 5].enumerated() {
      #expect(try dataset.mask(sample) == Source().mask(index))
    }
    #expect(throws: Never.self) { try dataset.verify() }
  }

  @Test func aDataSetWithoutMasksSaysSo() throws {
    let dataset = try write(Source(hasMasks: false))
    #expect(!dataset.manifest.hasMasks && dataset.manifest.masks == nil)
    #expect(try dataset.mask(0) == nil)
  }

  @Test func otherValuesAreRefused() throws {
    let dataset = try write(Source(value: 2))
    let error = #expect(throws: CSGError.self) { try dataset.mask(5) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("shard-00001.h5: masks[2] holds other values") == true)
  }

  @Test func promisedMasksMustBeThere() throws {
    _ = try write(Source(hasMasks: false))
    let path = folder("set/train/manifest.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try folder.write(
      "set/train/manifest.json",
      text.replacing(/"digest" : "[0-9a-f]{32}",\n  "fingerprint"/, with: "\"fingerprint\"")
        .replacing("\"format\"", with: "\"masks\": true, \"format\"", maxReplacements: 1))
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
    #expect(error?.exitCode == .data && error?.message.contains("masks") == true)
  }
}
