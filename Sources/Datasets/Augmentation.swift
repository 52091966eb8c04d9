import Core

/// Random changes of training images: each a function of (seed, epoch, draw), a draw being
/// the sample's number unless classes are balanced.
///
/// Random blocks of a draw: attempt 0 gives crop row, crop column and flip; attempts 1 … 10 the
/// tries of a resized crop; attempt 11 the colours.
package struct Augmentation: Sendable {
  /// Pixels of zero padding on each side; 0: no crop.
  package let padding: Int
  /// Whether half of the samples are mirrored.
  package let flips: Bool
  let crop: Configuration.RandomResizedCrop?
  let jitter: Configuration.ColorJitter?
  /// Key of the random numbers.
  package let seed: UInt64

  /// The augmentation of a run.
  package init(
    padding: Int, flips: Bool, crop: Configuration.RandomResizedCrop? = nil,
    jitter: Configuration.ColorJitter? = nil, seed: UInt64
  ) {
    self.padding = padding
    self.flips = flips
    self.crop = crop
    self.jitter = jitter
    self.seed = seed
  }

  private func random(epoch: Int) -> AddressedRandom {
    AddressedRandom(seed: seed, purpose: .augmentation, stream: epoch)
  }

  /// The part of a picture that a draw shows in an epoch; nil without resized crops.
  func box(height: Int, width: Int, draw: Int, epoch: Int) -> PictureBox? {
    let random = random(epoch: epoch)
    return crop?.box(height: height, width: width) { random.words(draw, attempt: 1 + $0) }
  }

  /// Changes the colours of a draw's image.
  func recolour(_ image: inout [UInt8], draw: Int, epoch: Int) {
    jitter?.apply(to: &image, random(epoch: epoch).words(draw, attempt: 11))
  }

  /// Overwrites `output` (from `start` on) by the image of `draw` in `epoch`: moved over zero
  /// padding, then mirrored.
  func place(
    _ image: [UInt8], height: Int, width: Int, channels: Int, draw: Int, epoch: Int,
    into output: inout [UInt8], at start: Int
  ) {
    let words = random(epoch: epoch).words(draw)
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
