/// Sums over the pixels of pictures, a channel each: whole numbers, so their order does not matter.
struct ChannelSums: Codable, Sendable {
  private var sums: [UInt64], squares: [UInt64]
  private var pixels = 0

  init(channels: Int) {
    sums = Array(repeating: 0, count: channels)
    squares = sums
  }

  mutating func add(_ picture: Picture) {
    let channels = picture.channels
    precondition(channels == sums.count)
    for channel in 0..<channels {
      var sum: UInt64 = 0
      var square: UInt64 = 0
      for place in stride(from: channel, to: picture.pixels.count, by: channels) {
        let value = UInt64(picture.pixels[place])
        sum += value
        square += value * value
      }
      sums[channel] += sum
      squares[channel] += square
    }
    pixels += picture.height * picture.width
  }

  mutating func add(_ other: ChannelSums) {
    for channel in sums.indices {
      sums[channel] += other.sums[channel]
      squares[channel] += other.squares[channel]
    }
    pixels += other.pixels
  }

  /// Whether all pixels of a channel are one value: where n Σx² = (Σx)², without rounding.
  private func isConstant(_ channel: Int) -> Bool {
    squares[channel].multipliedFullWidth(by: UInt64(pixels))
      == sums[channel].multipliedFullWidth(by: sums[channel])
  }

  /// Mean and standard deviation (population) of each channel's pixels in [0, 1].
  var statistics: (mean: [Double], std: [Double]) {
    let mean = sums.map { Double($0) / Double(pixels) }
    let std = sums.indices.map { channel in
      // Rounding makes something, or the root of less than nothing, of a channel without change.
      isConstant(channel)
        ? 0
        : max(0, Double(squares[channel]) / Double(pixels) - mean[channel] * mean[channel])
          .squareRoot()
    }
    return (mean.map { $0 / 255 }, std.map { $0 / 255 })
  }
}
