import Core
import Datasets
import Foundation
import Inference
import Kernels
import TestSupport
import Testing

/// Pictures in [0, 1] become images as their bytes do.
@Suite struct ImageNormalizerTests {
  private let mean = [0.4914, 0.4822, 0.4465], std = [0.2023, 0.1994, 0.2010]
  private var normalizer: ImageNormalizer { ImageNormalizer(mean: mean, std: std) }

  private func images(height: Int, width: Int) -> Map {
    Map(.image(channels: 3, height: height, width: width, halo: 1), capacity: 2)
  }

  /// All 256 bytes in every channel, bit for bit; PyTorch's float32 x / 255 is the same float.
  @Test func aByteIsAByte() throws {
    let bytes = (0..<3 * 256).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 256) }
    let batch = Batch(epoch: 0, step: 0, replicas: [0..<1], pixels: bytes, labels: [0])
    let (byBytes, byValues) = (images(height: 16, width: 16), images(height: 16, width: 16))
    try normalizer.fill(byBytes, from: batch, 0..<1, team: ThreadTeam(count: 1))
    var picture = [Float](repeating: 0, count: 3 * 256)
    for (i, byte) in bytes.enumerated() { picture[i % 3 * 256 + i / 3] = Float(byte) / 255 }
    normalizer.fill(byValues, 0, from: picture)
    #expect(byBytes[0].array == byValues[0].array)
    #expect(ImageNormalizer.units == (0..<256).map { Float($0) / 255 })
  }

  /// Anything else is rounded once; more never becomes less, across the bytes too; the halo stays zero.
  @Test func aValueIsRoundedOnce() {
    let map = images(height: 1, width: 5)
    for byte in 1..<255 {
      let unit = ImageNormalizer.units[byte]
      let values = [unit.nextDown, unit, unit.nextUp, unit + 1e-3, 0.5 + unit / 2]
      normalizer.fill(map, 1, from: values + values + values)
      let image = map[1..<2].read()
      for channel in 0..<3 {
        let row = image[channel * 5..<channel * 5 + 4]
        #expect(zip(row, row.dropFirst()).allSatisfy { $0 <= $1 })
        for i in 0..<5 where !ImageNormalizer.units.contains(values[i]) {
          let exact = (Double(values[i]) - mean[channel]) / std[channel]
          #expect(image[channel * 5 + i] == Float(exact))
        }
      }
    }
    #expect(map[0].array.allSatisfy { $0 == 0 } && map[1].array[..<4].allSatisfy { $0 == 0 })
  }

  /// `auto` divides a channel without change, whose deviation is 0, by 1; what a user says stays an error.
  @Test func aChannelWithoutChangeIsDividedByOne() throws {
    let manifest = try JSONDecoder().decode(
      Manifest.self,
      from: Data(
        """
        {"format": "", "version": 1, "split": "train", "classes": ["a", "b"], "count": 1, "height": 1,
        "width": 1, "channels": 3, "mean": [0, 0, 0], "std": [0.25, 0, 0.5], "source": "", "shards": [],
        "fingerprint": ""}
        """.utf8))
    var data = try JSONDecoder().decode(
      Configuration.Data.self,
      from: Data(
        """
        {"shuffle": "full", "window": 1, "balance": "none", "crop_padding": 0, "horizontal_flip": false,
        "mean": "auto", "std": "auto"}
        """.utf8))
    #expect(try ImageNormalizer(data, manifest: manifest).std == [0.25, 1, 0.5])
    data.std = .values([0.25, 0, 0.5])
    let error = #expect(throws: CSGError.self) { try ImageNormalizer(data, manifest: manifest) }
    #expect(error?.exitCode == .configuration)
  }

  @Test func gradientsGoBackByTheDeviation() {
    var random = RandomValues(seed: 4)
    let gradient = random.floats(12)
    let back = normalizer.byPicture(gradient, pixels: 4)
    for i in 0..<12 { #expect(back[i] == Float(Double(gradient[i]) / std[i / 4])) }
  }
}
