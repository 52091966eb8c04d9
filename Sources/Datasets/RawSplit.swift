/// A split in memory: what importers read and shards are written from.
public struct RawSplit: Sendable {
  /// Extent of an image.
  public let height: Int, width: Int, channels: Int
  /// [n][H][W][channels].
  public var pixels: [UInt8] = []
  /// [n], each in 0..<classes.
  public var labels: [Int32] = []

  /// An empty split.
  public init(height: Int, width: Int, channels: Int) {
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
  public var imageBytes: Int { height * width * channels }

  /// Samples.
  public var count: Int { labels.count }
}

/// A data set as its source has it.
public struct RawDataset: Sendable {
  /// Names of the classes, in label order.
  public let classes: [String]
  /// What it was made from.
  public let source: String
  /// The two splits.
  public let train: RawSplit, test: RawSplit

  package init(classes: [String], source: String, train: RawSplit, test: RawSplit) {
    self.classes = classes
    self.source = source
    self.train = train
    self.test = test
  }
}
