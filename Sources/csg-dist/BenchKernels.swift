import ArgumentParser
import Core
import Foundation
import Kernels

/// Every convolution of the paper's nets.
struct BenchKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "GFLOP/s, share of the multiply-add peak and error of every convolution, one thread.",
    discussion: """
      A name reads KERNELxKERNEL/STRIDE CHANNELS→FILTERS @HEIGHTxWIDTH. GFLOP/s count the \
      multiply-adds of the definition as two, so that Winograd's products go beyond the peak. The \
      error is the largest among sampled values against the definition in Double, relative to the \
      largest value.
      """)

  @Option(help: "Only shapes whose name contains this, as '3x3/1 64→64'.")
  var shape: String?

  @Option(help: "Only this algorithm: direct, winograd or gemm (default: direct and winograd).")
  var algorithm: ConvolutionAlgorithm?

  @OptionGroup var options: BenchOptions

  func run() throws {
    let level = try CPULevel.select()
    let shapes = ConvolutionShape.ofNets.filter {
      shape.map("\($0)".contains) ?? true
    }
    guard !shapes.isEmpty else {
      throw ValidationError("no shape contains '\(shape ?? "")'; try '3x3/1'")
    }
    let algorithms = algorithm.map { [$0] } ?? [.direct, .winograd]
    let peak = KernelBenchmark.peakGigaflops(level: level, seconds: 0.2)
    if !options.json {
      try Console.result(
        "\(level.rawValue) kernels, peak \(NumberText.fixed(peak, 1)) GFLOP/s of one thread")
    }
    // Each pass has its share of the time that was asked for.
    let passes = shapes.count * algorithms.count * KernelBenchmark.Pass.allCases.count
    var rows: [Row] = []
    for shape in shapes {
      let reference = ReferenceConvolution(shape, images: shape.images, seed: 1)
      for algorithm in algorithms where shape.isServed(by: algorithm) {
        let row = measure(
          reference, algorithm, peak: peak, seconds: options.seconds / Double(passes),
          level: level)
        rows.append(row)
        if !options.json { try Console.result(row.text) }
      }
    }
    if options.json {
      try Console.result(
        json: Document(cpu: level.rawValue, peakGigaflops: peak, kernels: rows))
    }
  }

  private func measure(
    _ reference: ReferenceConvolution, _ algorithm: ConvolutionAlgorithm, peak: Double,
    seconds: Double, level: CPULevel
  ) -> Row {
    let benchmark = KernelBenchmark(reference, choice: algorithm.choice, level: level)
    let figures = KernelBenchmark.Pass.allCases.filter(benchmark.has).map { pass in
      let gigaflops = benchmark.gigaflops(pass, seconds: seconds)
      return Figures(
        pass: pass, gigaflops: gigaflops, shareOfPeak: gigaflops / peak,
        relativeError: benchmark.relativeError(pass, samples: 300))
    }
    return Row(
      shape: "\(reference.shape)", images: reference.images, algorithm: algorithm,
      passes: figures)
  }

  private struct Document: Encodable {
    let cpu: String, peakGigaflops: Double, kernels: [Row]

    enum CodingKeys: String, CodingKey {
      case cpu, kernels
      case peakGigaflops = "peak_gigaflops"
    }
  }

  private struct Row: Encodable {
    let shape: String, images: Int
    let algorithm: ConvolutionAlgorithm
    let passes: [Figures]

    var text: String {
      let name = shape.padding(toLength: 26, withPad: " ", startingAt: 0)
      let head = "\(name) \(algorithm.rawValue)".padding(
        toLength: 36, withPad: " ", startingAt: 0)
      return head
        + passes.map {
          "\($0.pass.title) \(NumberText.fixed($0.gigaflops, 0)) "
            + "(\(NumberText.fixed(100 * $0.shareOfPeak, 0)) %, "
            + "error \(NumberText.scientific($0.relativeError)))"
        }.joined(separator: "  ")
    }
  }

  private struct Figures: Encodable {
    let pass: KernelBenchmark.Pass
    let gigaflops: Double, shareOfPeak: Double, relativeError: Double

    enum CodingKeys: String, CodingKey {
      case pass, gigaflops
      case shareOfPeak = "share_of_peak"
      case relativeError = "relative_error"
    }
  }
}

extension ConvolutionAlgorithm: ExpressibleByArgument {}

extension KernelBenchmark.Pass {
  fileprivate var title: String { rawValue.replacing("_", with: " ") }
}
