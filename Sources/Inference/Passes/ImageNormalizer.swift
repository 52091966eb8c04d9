import Core
import Datasets
import Kernels

/// Bytes → (pixel / 255 − mean) / std in the blocked layout that the stem reads; and pictures of real
/// numbers in [0, 1] → (value − mean) / std, with the way back for gradients.
package struct ImageNormalizer: Sendable {
  /// [channel][byte].
  private let table: [[Float]]
  /// One a channel.
  package let mean: [Double], std: [Double]

  /// The configuration's numbers, or the manifest's where it says `auto`: of a channel without change,
  /// whose standard deviation is 0, 1.
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
    let std = try values(data.std, manifest.std.map { $0 == 0 ? 1 : $0 }, "data.std")
    guard std.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw CSGError.configuration("data.std", "\(std) is not above 0")
    }
    self.init(mean: mean, std: std)
  }

  /// Given numbers, one a channel.
  package init(mean: [Double], std: [Double]) {
    self.mean = mean
    self.std = std
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
  // MARK: Pictures in [0, 1]

  /// byte / 255 as a Float, the nearest one: what a byte is in a picture with values in [0, 1].
  package static let units = (0..<256).map { Float(Double($0) / 255) }

  /// The byte that a value is, where it is one of `units`.
  private static func byte(_ value: Float) -> Int? {
    let nearest = (value * 255).rounded()
    guard nearest >= 0, nearest <= 255, units[Int(nearest)] == value else { return nil }
    return Int(nearest)
  }

  /// Overwrites image `n` of `images` by a picture of values in [0, 1], [channels][H][W].
  ///
  /// A value that is a byte's (one of `units`) becomes what the byte becomes, bit for bit, so that a
  /// picture of bytes has the logits that `evaluate` sees. Any other becomes (value − mean) / std,
  /// computed in Double and rounded once; a larger value never becomes a smaller one.
  package func fill(_ images: Map, _ n: Int, from picture: [Float]) {
    let shape = images.shape
    precondition(picture.count == shape.channels * shape.pixels, "the picture does not fit")
    let target = images[n]
    var source = 0
    for channel in 0..<shape.channels {
      let (mean, std, table) = (mean[channel], std[channel], table[channel])
      for row in 0..<shape.height {
        var place = shape.index(channel, row, 0)
        for _ in 0..<shape.width {
          let value = picture[source]
          target[place] =
            Self.byte(value).map { table[$0] } ?? Float((Double(value) - mean) / std)
          source += 1
          place += shape.lanes
        }
      }
    }
  }

  /// From the gradient by an image as the network reads it to that by the picture in [0, 1], both
  /// [channels][H][W]: gradient / std, rounded once.
  package func byPicture(_ gradient: [Float], pixels: Int) -> [Float] {
    var result = gradient
    for channel in 0..<std.count {
      let std = std[channel]
      for i in channel * pixels..<(channel + 1) * pixels {
        result[i] = Float(Double(result[i]) / std)
      }
    }
    return result
  }
}
