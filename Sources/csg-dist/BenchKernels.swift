import ArgumentParser
import Benchmarks
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
    let result = try ConvolutionBenchmark.run(
      shapes, algorithms: algorithm.map { [$0] } ?? [.direct, .winograd], level: level,
      seconds: options.seconds,
      begin: { peak in
        guard !options.json else { return }
        try Console.result(
          "\(level.rawValue) kernels, peak \(NumberText.fixed(peak, 1)) GFLOP/s of one thread")
      }, each: { if !options.json { try Console.result($0.text) } })
    if options.json { try Console.result(json: result) }
  }
}

extension ConvolutionBenchmark.Row {
  /// A line.
  fileprivate var text: String {
    let name = shape.padding(toLength: 26, withPad: " ", startingAt: 0)
    let head = "\(name) \(algorithm.rawValue)".padding(toLength: 36, withPad: " ", startingAt: 0)
    return head
      + passes.map {
        "\($0.pass.title) \(NumberText.fixed($0.gigaflops, 0)) "
          + "(\(NumberText.fixed(100 * $0.shareOfPeak, 0)) %, "
          + "error \(NumberText.scientific($0.relativeError)))"
      }.joined(separator: "  ")
  }
}

extension ConvolutionAlgorithm: ExpressibleByArgument {}

extension KernelBenchmark.Pass {
  fileprivate var title: String { rawValue.replacing("_", with: " ") }
}
