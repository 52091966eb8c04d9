/// A split in memory: what importers read and shards are written from.
package struct RawSplit: Sendable {
  /// Extent of an image.
  package let height: Int, width: Int, channels: Int
  /// [n][H][W][channels].
  package var pixels: [UInt8] = []
  /// [n], each in 0..<classes.
  package var labels: [Int32] = []

  /// An empty split.
  package init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Its first `count` samples.
  package func prefix(_ count: Int) -> RawSplit {
    var part = RawSplit(height: height, width: width, channels: channels)
    part.pixels = Array(pixels.prefix(count * imageBytes))
    part.labels = Array(labels.prefix(count))
    return part
  }

  /// Bytes of an image.
  package var imageBytes: Int { height * width * channels }

  /// Samples.
  package var count: Int { labels.count }
}

/// A data set as its source has it.
package struct RawDataset: Sendable {
  /// Names of the classes, in label order.
  package let classes: [String]
  /// What it was made from.
  package let source: String
  /// The two splits.
  package let train: RawSplit, test: RawSplit

  package init(classes: [String], source: String, train: RawSplit, test: RawSplit) {
    self.classes = classes
    self.source = source
    self.train = train
    self.test = test
  }
}
