import Core
import KernelInterface

/// How a convolution is computed.
package enum ConvolutionAlgorithm: String, Sendable, Codable, CaseIterable {
  /// Sums over taps in registers: any shape.
  case direct
  /// Winograd's F(4×4, 3×3): a quarter of the products, for 3×3 at stride 1.
  case winograd
  /// im2col and OpenBLAS: any shape; the oracle, and the path of a CPU without fused multiply-add.
  case gemm

  /// The choice that asks for this algorithm.
  package var choice: Choice {
    switch self {
    case .direct: .direct
    case .winograd: .winograd
    case .gemm: .gemm
    }
  }

  /// What a configuration asks for.
  package typealias Choice = Configuration.Compute.Convolution

  /// The algorithm that serves a shape: a rule, never a timing.
  ///
  /// | choice | 3×3, stride 1, padding 1, input of more than 4 channels | any other shape |
  /// |---|---|---|
  /// | auto, winograd | winograd | direct |
  /// | direct | direct | direct |
  /// | gemm | gemm | gemm |
  ///
  /// Without fused multiply-add `auto` is gemm throughout.
  static func serving(
    _ choice: Choice, kernel: Int, stride: Int, padding: Int, isNarrow: Bool, level: CPULevel
  ) -> ConvolutionAlgorithm {
    let suitsWinograd = kernel == 3 && stride == 1 && padding == 1 && !isNarrow
    switch choice {
    case .direct: return .direct
    case .gemm: return .gemm
    case .auto where !level.hasFusedMultiplyAdd: return .gemm
    case .auto, .winograd: return suitsWinograd ? .winograd : .direct
    }
  }
}
