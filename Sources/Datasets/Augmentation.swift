import Core

/// Random crop after zero padding, and horizontal flip, on bytes.
///
/// A function of (seed, epoch, sample): crop row and column, then flip, from one random block.
public struct Augmentation: Sendable {
  /// Pixels of zero padding on each side; 0: no crop.
  public let padding: Int
  /// Whether half of the samples are mirrored.
  public let flips: Bool
  /// Key of the random numbers.
  public let seed: UInt64

  /// The augmentation of a run.
  public init(padding: Int, flips: Bool, seed: UInt64) {
    self.padding = padding
    self.flips = flips
    self.seed = seed
  }

  /// Overwrites `output` (from `start` on) by the augmented image of `sample` in `epoch`.
  func apply(
    _ image: [UInt8], height: Int, width: Int, channels: Int, sample: Int, epoch: Int,
    into output: inout [UInt8], at start: Int
  ) {
    let words = AddressedRandom(seed: seed, purpose: .augmentation, stream: epoch).words(sample)
    // 32 bits are plenty for an offset; the bias is below offsets / 2³².
    let offsets = UInt64(2 * padding + 1)
    let top = Int((UInt64(words[0]) * offsets) >> 32) - padding
    let left = Int((UInt64(words[1]) * offsets) >> 32) - padding
    let isMirrored = flips && words[2] & 1 == 1
    var place = start
    for row in 0..<height {
      let sourceRow = row + top
      let rowIsInside = sourceRow >= 0 && sourceRow < height
      for column in 0..<width {
        let sourceColumn = (isMirrored ? width - 1 - column : column) + left
        if rowIsInside && sourceColumn >= 0 && sourceColumn < width {
          let source = (sourceRow * width + sourceColumn) * channels
          for channel in 0..<channels { output[place + channel] = image[source + channel] }
        } else {
          for channel in 0..<channels { output[place + channel] = 0 }
        }
        place += channels
      }
    }
  }
}
