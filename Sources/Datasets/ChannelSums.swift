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

  /// Mean and standard deviation (population) of each channel's pixels in [0, 1].
  var statistics: (mean: [Double], std: [Double]) {
    let mean = sums.map { Double($0) / Double(pixels) }
    let std = zip(squares, mean).map { (Double($0) / Double(pixels) - $1 * $1).squareRoot() }
    return (mean.map { $0 / 255 }, std.map { $0 / 255 })
  }
}
