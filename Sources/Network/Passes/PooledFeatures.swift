import Core
import Kernels

extension Network {
  /// The mean over each channel's map of what every convolution leaves of image n after a pass, behind its
  /// norm, shortcut and ReLU: convolution by convolution from the stem on, a block's shortcut last
  /// (Sec. 5.2: "global average pooling after each convolution").
  package func pooledFeatures(_ n: Int) -> [Float] {
    let kernels = MapKernels(level: level)
    return units.flatMap { unit in
      let shape = unit.z.shape
      let means = FloatBuffer(shape.paddedChannels).all
      kernels.averagePool(shape, unit.z[n], into: means)
      return means[0..<shape.channels].array
    }
  }

  /// How many of the pooled features each convolution has.
  package var pooledFeatureCounts: [Int] { units.map(\.z.shape.channels) }

  private var units: [any ConvolutionUnit] { [stem.unit] + blocks.flatMap(\.units) }
}
