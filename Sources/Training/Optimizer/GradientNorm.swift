import Core
import Kernels

/// The size of a gradient, and what clipping makes of it.
package enum GradientNorm {
  /// ‖g‖₂ of the mean over `samples` samples of a sum of gradients, over the ranges that learn, in their order. Not
  /// finite where an element is not.
  package static func value(_ sum: FloatSlice, learning: [Range<Int>], samples: Int) -> Double {
    learning.reduce(0) { $0 + SquareSum.of(sum[$1]) }.squareRoot() / Double(samples)
  }

  /// The factor that leaves a gradient a norm of at most `most`: torch.nn.utils.clip_grad_norm_'s.
  package static func factor(_ norm: Double, most: Double?) -> Float {
    most.map { Float(min(1, $0 / (norm + 1e-6))) } ?? 1
  }
}
