import Core
import Kernels

/// Vectors of samples as maps of one row: sample n is column n mod 16 of map n / 16.
///
/// A 1×1 convolution over them is a linear layer, which so reads its weights once for 16 samples. The
/// columns past the last sample hold anything finite; their gradient must be 0.
enum SampleRows {
  /// Samples of a map.
  static let columns = 16

  /// The map of vectors of `width` floats.
  static func shape(width: Int) -> MapShape {
    MapShape(channels: width, height: 1, width: columns, halo: 0)
  }

  /// Maps that hold so many samples.
  static func count(samples: Int) -> Int { (samples + columns - 1) / columns }

  /// Where float `i` of sample n's vector lies in rows of this shape.
  @inline(__always)
  static func place(_ n: Int, _ i: Int, in shape: MapShape) -> Int {
    n / columns * shape.count + shape.index(i, 0, n % columns)
  }

  /// Sets every column past the first `count` samples to 0.
  static func clear(_ rows: Map, past count: Int) {
    for n in count..<Self.count(samples: count) * columns {
      for i in 0..<rows.shape.paddedChannels { rows.storage[place(n, i, in: rows.shape)] = 0 }
    }
  }
}
