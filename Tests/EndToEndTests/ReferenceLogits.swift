import Core
import Inference
import Kernels
import Network
import Storage

/// This program's logits of a shard's first images, for comparison with another's.
enum ReferenceLogits {
  static func read(
    checkpoint path: String, shard: String, count: Int, mean: [Double], std: [Double]
  )
    throws -> [[Float]]
  {
    let latest = RunDirectory(path).latest
    let checkpoint = try (try? Checkpoint(reading: latest)) ?? Checkpoint(reading: path)
    let images = try HDF5File(reading: shard).dataset("images")
    let (height, width, channels) = (images.shape[1], images.shape[2], images.shape[3])
    let network = try Network(
      architecture: Architecture(checkpoint.architecture), channels: channels,
      classes: checkpoint.classes, height: height, width: width, capacity: count,
      initialGate: 0.5, compute: .init(level: CPULevel.select()))
    try network.load(checkpoint, origin: path)
    var pixels = [UInt8](repeating: 0, count: images.rowCount)
    for n in 0..<count {
      try images.readRow(n, into: &pixels)
      for (i, pixel) in pixels.enumerated() {
        let (place, channel) = i.quotientAndRemainder(dividingBy: channels)
        let value = (Double(pixel) / 255 - mean[channel]) / std[channel]
        let index = network.input.index(channel, place / width, place % width)
        network.images[n][index] = Float(value)
      }
    }
    network.forward(count: count)
    return network.logits(count: count)
  }
}
