import Core
import Kernels
import TestSupport
import Testing

/// Every pass of every algorithm against its definition in Double, on the shapes of our nets and on
/// odd ones.
@Suite struct ConvolutionTests {
  typealias Pass = KernelBenchmark.Pass

  /// Images: several where that is cheap.
  static func images(_ shape: ConvolutionShape) -> Int {
    min(shape.images, shape.height <= 32 ? 3 : 1)
  }

  static let shapes = ConvolutionShape.ofNets + ConvolutionShape.odd

  /// Bounds of the error, relative to the largest value. Maps of more than 32² pixels and more than
  /// 256 channels make chains of up to 12,544 pixels or 9,216 products of values below 1.
  static func tolerance(_ shape: ConvolutionShape) -> Double {
    shape.height <= 32 && max(shape.channels, shape.filters) <= 256 ? 4e-6 : 6e-6
  }

  /// Values compared: all of a small result, evenly spread ones of a large one.
  static let samples = 2000

  @Test(arguments: shapes) func matchesItsDefinition(_ shape: ConvolutionShape) throws {
    let reference = ReferenceConvolution(shape, images: Self.images(shape), seed: 1)
    for level in testedLevels where level.hasFusedMultiplyAdd {
      for algorithm in ConvolutionAlgorithm.allCases where shape.isServed(by: algorithm) {
        let run = try KernelBenchmark(
          reference, choice: algorithm.choice, level: level, givesImageGradient: true)
        for pass in Pass.allCases {
          run.run(pass)
          let error = run.relativeError(pass, samples: Self.samples)
          #expect(error < Self.tolerance(shape), "\(pass) of \(algorithm), \(level): \(error)")
        }
      }
    }
  }

  /// The stated bound of Winograd's error: five times the direct kernel's on the same values (its
  /// interpolation points make it one to three times in the mean), both relative to the largest
  /// value. Where the direct kernel's chains are short, its error is that of one rounding, which
  /// no transform reaches: three roundings are free.
  @Test(
    arguments: shapes.filter {
      $0.isServed(by: .winograd)
    })
  func winogradIsNearlyAsExactAsDirect(_ shape: ConvolutionShape) throws {
    let reference = ReferenceConvolution(shape, images: Self.images(shape), seed: 2)
    let level = try CPULevel.select()
    let winograd = try KernelBenchmark(reference, choice: .winograd, level: level)
    let direct = try KernelBenchmark(reference, choice: .direct, level: level)
    for pass in Pass.allCases {
      winograd.run(pass)
      direct.run(pass)
      let error = winograd.relativeError(pass, samples: Self.samples)
      let bound = 5 * max(direct.relativeError(pass, samples: Self.samples), 1.8e-7)
      #expect(error <= bound, "\(pass): \(error), bound \(bound)")
    }
  }

  @Test(arguments: ConvolutionShape.odd) func addingADataGradientToItselfDoublesIt(
    _ shape: ConvolutionShape
  ) throws {
    let reference = ReferenceConvolution(shape, images: 2, seed: 3)
    for choice in ConvolutionAlgorithm.Choice.allCases {
      let run = try KernelBenchmark(reference, choice: choice, level: CPULevel.select())
      guard run.has(.dataGradient) else { continue }
      run.run(.dataGradient)
      let once = run.values(.dataGradient)
      run.run(.dataGradient, adding: true)
      #expect(
        relativeError(run.values(.dataGradient), once.map { 2 * Double($0) })
          < Self.tolerance(shape))
    }
  }

  /// All values of all passes.
  private func bits(
    _ shape: ConvolutionShape, _ choice: ConvolutionAlgorithm.Choice, threads: Int,
    level: CPULevel
  ) throws -> [[UInt32]] {
    let reference = ReferenceConvolution(shape, images: min(shape.images, 19), seed: 4)
    let run = try KernelBenchmark(reference, choice: choice, threads: threads, level: level)
    return Pass.allCases.filter(run.has).map { pass in
      run.run(pass)
      return run.values(pass).map(\.bitPattern)
    }
  }

  /// Shapes whose weight gradients span several chains and groups.
  static let small = shapes.filter { $0.height <= 16 && $0.channels * $0.filters <= 1 << 14 }

  @Test(arguments: small) func givesTheSameBitsForAnyNumberOfThreads(_ shape: ConvolutionShape)
    throws
  {
    let level = try CPULevel.select()
    for choice in [ConvolutionAlgorithm.Choice.auto, .direct] {
      let one = try bits(shape, choice, threads: 1, level: level)
      for threads in [2, 3, 5] {
        #expect(
          try bits(shape, choice, threads: threads, level: level) == one, "\(threads) threads")
      }
    }
  }

  @Test(
    .enabled(if: testedLevels.contains(.avx512), "SKIPPED: this CPU has no AVX-512"),
    arguments: small)
  func givesTheSameBitsOnBothLevels(_ shape: ConvolutionShape) throws {
    for choice in [ConvolutionAlgorithm.Choice.auto, .direct] {
      let chosen = choice == .auto ? .winograd : choice
      #expect(
        try bits(shape, chosen, threads: 1, level: .avx2)
          == bits(shape, chosen, threads: 1, level: .avx512))
    }
  }

  /// The baseline's kernels fuse in software: slow, but with the bits of the others.
  @Test(arguments: ConvolutionShape.odd) func theBaselineHasTheSameBits(_ shape: ConvolutionShape)
    throws
  {
    for choice in [ConvolutionAlgorithm.Choice.winograd, .direct] {
      #expect(
        try bits(shape, choice, threads: 1, level: .baseline)
          == bits(shape, choice, threads: 1, level: CPULevel.select()))
    }
  }

  @Test func theRuleChoosesAsItsTableSays() {
    func algorithm(
      _ choice: ConvolutionAlgorithm.Choice, _ shape: ConvolutionShape, _ level: CPULevel
    )
      -> ConvolutionAlgorithm
    {
      shape.convolution(choice, level: level).algorithm
    }
    let square = ConvolutionShape(16, 16, at: 8)
    let others = [
      ConvolutionShape(3, 16, at: 8), .init(16, 16, at: 8, stride: 2),
      .init(16, 16, at: 8, kernel: 1), .init(16, 16, at: 8, padding: 0),
      .init(16, 16, at: 8, kernel: 5),
    ]
    #expect(algorithm(.auto, square, .avx2) == .winograd)
    #expect(algorithm(.winograd, square, .baseline) == .winograd)
    for shape in [square] + others {
      #expect(algorithm(.direct, shape, .avx2) == .direct)
      #expect(algorithm(.gemm, shape, .avx2) == .gemm)
      #expect(algorithm(.auto, shape, .baseline) == .gemm)
    }
    for shape in others {
      #expect(algorithm(.auto, shape, .avx2) == .direct)
      #expect(algorithm(.winograd, shape, .avx2) == .direct)
    }
  }
}
