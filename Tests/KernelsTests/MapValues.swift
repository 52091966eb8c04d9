import Core
import Kernels

extension MapShape {
  /// A slice that holds [C][H][W] values in this layout, halo and padding lanes zero.
  func pack(_ values: [Float]) -> FloatSlice {
    let slice = FloatBuffer(count).all
    write(values, to: slice)
    return slice
  }

  /// Overwrites the inside of a map by [C][H][W] values.
  func write(_ values: [Float], to slice: FloatSlice) {
    for c in 0..<channels {
      for h in 0..<height {
        for w in 0..<width { slice[index(c, h, w)] = values[(c * height + h) * width + w] }
      }
    }
  }

  /// The [C][H][W] values of a map.
  func unpack(_ slice: FloatSlice) -> [Float] {
    (0..<channels * pixels).map { i in
      slice[index(i / pixels, i % pixels / width, i % width)]
    }
  }
}

extension [Float] {
  var doubles: [Double] { map(Double.init) }
}

/// The levels that this machine can run.
let testedLevels = CPULevel.allCases.filter { $0 <= CPULevel.best }
