import Core
import Kernels

/// Which of an epoch's draws a pass sees, as random numbers are addressed by them.
package struct SampleAddresses: Sendable {
  /// Key of every random number, and the epoch.
  package let seed: UInt64, epoch: Int
  /// Draws, one for each image: the sample's number in the data set, unless classes are balanced.
  package let draws: ArraySlice<Int32>

  /// The addresses of some draws of an epoch.
  package init(seed: UInt64, epoch: Int, draws: ArraySlice<Int32>) {
    self.seed = seed
    self.epoch = epoch
    self.draws = draws
  }

  /// Those of some of the images.
  func of(_ images: Range<Int>) -> SampleAddresses {
    SampleAddresses(
      seed: seed, epoch: epoch,
      draws: draws.dropFirst(images.lowerBound).prefix(images.count))
  }
}

/// Dropout: in training each value is set to 0 with probability `rate`, and the others are divided by
/// 1 − rate.
///
/// Whether element i (of the vector as torchvision flattens it) of a sample stays is a function of
/// (seed, epoch, draw, layer, i): the words of element draw·⌈width/4⌉ + i/4, attempt `layer`,
/// word i mod 4, which is below rate·2³² where the value is dropped.
package final class Dropout {
  private let rate: Double
  private let layer: Int, width: Int
  /// Place of element i in the vector as it lies in memory.
  private let order: (Int) -> Int
  /// What each value is multiplied by, [N][width] as it lies in memory.
  private let factors: FloatSlice

  /// Dropout before layer number `layer`; `order` says where an element lies in memory.
  package init(
    rate: Double, layer: Int, width: Int, capacity: Int, order: @escaping (Int) -> Int = { $0 }
  ) {
    self.rate = rate
    self.layer = layer
    self.width = width
    self.order = order
    factors = FloatBuffer(capacity * width).all
  }

  /// The factors of image n, as `draw` left them.
  package func factors(_ n: Int) -> FloatSlice { factors[n * width..<(n + 1) * width] }

  /// Overwrites the factors of image n; all are 1 without addresses, which evaluation has not.
  package func draw(_ n: Int, _ addresses: SampleAddresses?) {
    let factors = factors(n)
    guard let addresses, rate > 0 else { return factors.fill(1) }
    let random = AddressedRandom(
      seed: addresses.seed, purpose: .dropout, stream: addresses.epoch)
    let first = Int(addresses.draws[addresses.draws.startIndex + n]) * ((width + 3) / 4)
    let threshold = UInt32(rate * 0x1p32)
    let kept = Float(1 / (1 - rate))
    for block in 0..<(width + 3) / 4 {
      let words = random.words(first + block, attempt: layer)
      for i in 4 * block..<min(4 * block + 4, width) {
        factors[order(i)] = words[i % 4] < threshold ? 0 : kept
      }
    }
  }
}
