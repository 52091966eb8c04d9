import Core
import Datasets
import Kernels

/// Bytes → (pixel / 255 − mean) / std in the blocked layout that the stem reads.
package struct ImageNormalizer: Sendable {
  /// [channel][byte].
  private let table: [[Float]]

  /// The configuration's numbers, or the manifest's where it says `auto`.
  package init(_ data: Configuration.Data, manifest: Manifest) throws {
    func values(_ choice: Configuration.ChannelValues, _ automatic: [Double], _ key: String) throws
      -> [Double]
    {
      guard case .values(let values) = choice else { return automatic }
      guard values.count == automatic.count else {
        throw CSGError.configuration(
          key, "\(values.count) numbers for images of \(automatic.count) channels")
      }
      return values
    }
    let mean = try values(data.mean, manifest.mean, "data.mean")
    let std = try values(data.std, manifest.std, "data.std")
    guard std.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw CSGError.configuration("data.std", "\(std) is not above 0")
    }
    self.init(mean: mean, std: std)
  }

  /// Given numbers, one a channel.
  package init(mean: [Double], std: [Double]) {
    table = zip(mean, std).map { mean, std in
      (0..<256).map { Float((Double($0) / 255 - mean) / std) }
    }
  }

  /// Overwrites the first images by the samples `range` of a batch.
  package func fill(_ images: Map, from batch: Batch, _ range: Range<Int>, team: ThreadTeam) {
    let shape = images.shape
    let imageBytes = shape.height * shape.width * shape.channels
    team.forEach(range.count) { n, _ in
      fill(images, n, from: batch.pixels, at: (range.lowerBound + n) * imageBytes)
    }
  }

  /// Overwrites image `n` of `images` by the image whose bytes [H][W][channels] begin at `start`.
  private func fill(_ images: Map, _ n: Int, from pixels: [UInt8], at start: Int) {
    let shape = images.shape
    let target = images[n]
    var source = start
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        let place = shape.index(0, row, column)
        for channel in 0..<shape.channels {
          target[place + channel] = table[channel][Int(pixels[source])]
          source += 1
        }
      }
    }
  }
}
