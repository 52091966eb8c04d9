import Kernels

/// The speed and the error of convolutions, each by several algorithms, on one thread.
package enum ConvolutionBenchmark {
  /// What was measured.
  package struct Result: Encodable {
    /// The kernels' instruction set, and the most that one thread multiplies and adds.
    package let cpu: String, peakGigaflops: Double
    /// A shape and an algorithm each.
    package let kernels: [Row]

    enum CodingKeys: String, CodingKey {
      case cpu, kernels
      case peakGigaflops = "peak_gigaflops"
    }
  }

  /// A convolution by one algorithm.
  package struct Row: Encodable {
    /// Its shape in words, and images at a time.
    package let shape: String, images: Int
    /// What computed it.
    package let algorithm: ConvolutionAlgorithm
    /// Those passes that the convolution has.
    package let passes: [Figures]
  }

  /// The figures of a pass.
  package struct Figures: Encodable {
    package let pass: KernelBenchmark.Pass
    /// Of the definition's multiply-adds, counted as two; by the peak; the largest error among sampled
    /// values by the largest value.
    package let gigaflops: Double, shareOfPeak: Double, relativeError: Double

    enum CodingKeys: String, CodingKey {
      case pass, gigaflops
      case shareOfPeak = "share_of_peak"
      case relativeError = "relative_error"
    }
  }

  private static let peakSeconds = 0.2, samples = 300

  /// Measures for `seconds` in all, each pass for its share of them; an algorithm that does not serve a
  /// shape is left out. `begin` is told the peak, `each` of every row when it is there.
  package static func run(
    _ shapes: [ConvolutionShape], algorithms: [ConvolutionAlgorithm], level: CPULevel,
    seconds: Double, begin: (_ peakGigaflops: Double) throws -> Void, each: (Row) throws -> Void
  ) throws -> Result {
    let peak = KernelBenchmark.peakGigaflops(level: level, seconds: peakSeconds)
    try begin(peak)
    let passes = shapes.count * algorithms.count * KernelBenchmark.Pass.allCases.count
    var rows: [Row] = []
    for shape in shapes {
      let reference = ReferenceConvolution(shape, images: shape.images, seed: 1)
      for algorithm in algorithms where shape.isServed(by: algorithm) {
        let row = try measure(
          reference, algorithm, peak: peak, seconds: seconds / Double(passes), level: level)
        rows.append(row)
        try each(row)
      }
    }
    return Result(cpu: level.rawValue, peakGigaflops: peak, kernels: rows)
  }

  private static func measure(
    _ reference: ReferenceConvolution, _ algorithm: ConvolutionAlgorithm, peak: Double,
    seconds: Double, level: CPULevel
  ) throws -> Row {
    let benchmark = try KernelBenchmark(reference, choice: algorithm.choice, level: level)
    let figures = KernelBenchmark.Pass.allCases.filter(benchmark.has).map { pass in
      let gigaflops = benchmark.gigaflops(pass, seconds: seconds)
      return Figures(
        pass: pass, gigaflops: gigaflops, shareOfPeak: gigaflops / peak,
        relativeError: benchmark.relativeError(pass, samples: samples))
    }
    return Row(
      shape: "\(reference.shape)", images: reference.images, algorithm: algorithm,
      passes: figures)
  }
}
