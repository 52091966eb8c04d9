import Core

/// One sample on its way into a shard.
package struct Sample: Sendable {
  /// What is stored: pixels of the split's extent, or a JPEG file and its extent.
  package enum Content: Sendable {
    case pixels(Picture)
    case jpeg([UInt8], height: Int, width: Int)
  }

  let content: Content
  let label: Int32
  /// The source's file, or another name; nil where samples have none.
  let name: String?
  /// The picture that the channel statistics count, where it is not the content itself.
  let view: Picture?
  /// Which of its pixels show the object: 1, else 0. Nil where samples have no masks.
  let mask: Picture?

  /// A sample of one class.
  package init(
    _ content: Content, label: Int32, name: String? = nil, view: Picture? = nil,
    mask: Picture? = nil
  ) {
    self.content = content
    self.label = label
    self.name = name
    self.view = view
    self.mask = mask
  }
}

/// What a split is written from: candidates that are made one at a time, in any order, by any
/// process. All are written but those whose file is damaged.
package protocol SampleSource {
  /// Candidates.
  var count: Int { get }
  /// Extent of raw images; of JPEG files only the channels count.
  var height: Int { get }
  /// Columns.
  var width: Int { get }
  /// Values of a pixel.
  var channels: Int { get }
  /// Whether samples have names.
  var hasNames: Bool { get }
  /// Whether samples have masks; raw images alone may.
  var hasMasks: Bool { get }
  /// Damaged pictures that are no candidates any more.
  var skipped: Int { get }
  /// What was found beside the candidates.
  var passedOver: [PassedOver] { get }
  /// What the scan found, for ranks to compare: every picture's name and size, in order.
  func scan() throws -> [Agreement]
  /// One sample.
  /// - Throws: `CSGError` 65 for a damaged file; any other error ends the writing.
  func sample(_ index: Int) throws -> Sample
}

extension SampleSource {
  /// No: most sources outline no objects.
  package var hasMasks: Bool { false }
  /// None: most sources open no picture beforehand.
  package var skipped: Int { 0 }
  /// Nothing: most sources hold nothing else.
  package var passedOver: [PassedOver] { [] }
  /// Nothing: what lies in one process's memory is scanned by no other.
  package func scan() -> [Agreement] { [] }
}

extension RawSplit: SampleSource {
  /// No.
  package var hasNames: Bool { false }

  /// One of the samples in memory.
  package func sample(_ index: Int) -> Sample {
    let image = pixels[index * imageBytes..<(index + 1) * imageBytes]
    return Sample(
      .pixels(Picture(height: height, width: width, channels: channels, pixels: Array(image))),
      label: labels[index])
  }
}
