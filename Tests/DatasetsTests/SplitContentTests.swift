import Core
import Datasets
import TestSupport
import Testing

/// A split is known by what it shows.
struct SplitContentTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [1, 2, 5]) func shardsDoNotMatter(_ shards: Int) throws {
    let raw = try Samples.raw()
    let builder = DigestBuilder()
    builder.update(raw.train.pixels)
    builder.update(raw.train.labels)
    #expect(
      try Samples.dataset(raw, shards: shards, in: folder).contentDigest() == builder.digest())
  }

  @Test func everyPixelAndLabelMatters() throws {
    let raw = try Samples.raw()
    let before = try Samples.dataset(raw, in: folder).contentDigest()
    var pixel = raw.train
    pixel.pixels[pixel.pixels.count - 1] ^= 1
    var label = raw.train
    label.labels[3] = (label.labels[3] + 1) % 10
    for changed in [pixel, label] {
      let other = RawDataset(
        classes: raw.classes, source: raw.source, train: changed, test: raw.test)
      let folder = try TemporaryFolder()
      #expect(try Samples.dataset(other, in: folder).contentDigest() != before)
    }
  }

  /// As many samples in the same layout are not CIFAR-10.
  @Test func othersAreNotCIFAR10() throws {
    var split = RawSplit(height: 2, width: 2, channels: 3)
    split.pixels = Samples.bytes(10_000 * 12, seed: 5)
    split.labels = (0..<10_000).map { Int32($0 % 10) }
    let raw = RawDataset(
      classes: (0..<10).map { "\($0)" }, source: "CIFAR-10 binary", train: split, test: split)
    #expect(try !Samples.dataset(raw, in: folder).isCIFAR10Test())
  }
}
