import Core
import Kernels
import Network

/// The penalties on G: λ2·d(‖G‖₁) of Eq. 2, and λ3·Σ_k d(‖G_k‖₁) over the filters' columns, which the
/// authors' development code has beside it (METHOD).
struct GatePenalties {
  private let lambda2: Double, lambda3: Double
  private let whole: DensityPenalty, column: DensityPenalty
  /// Whether entries may be below 0. Where G is projected none is, and the derivative of |x| is 1 at 0 too:
  /// an entry that is 0 stays there until its gradient outweighs the penalty.
  private let isSigned: Bool

  init(_ gate: Configuration.Gate, classes: Int, filters: Int) {
    (lambda2, lambda3) = (gate.lambda2, gate.lambda3)
    whole = DensityPenalty(
      densityBound: gate.densityBound.value(classes: classes), entries: classes * filters,
      kind: gate.penalty)
    column = DensityPenalty(densityBound: gate.columnBound, entries: classes, kind: gate.penalty)
    isSigned = gate.projection == .none
  }

  /// Their sum, added in the filters' order.
  func value(_ gate: Gate) -> Double {
    let first = lambda2 * whole.value(norm: gate.norm)
    guard lambda3 != 0 else { return first }
    return (0..<gate.filters).reduce(first) {
      $0 + lambda3 * column.value(norm: gate.norm(column: $1))
    }
  }

  /// Adds their derivative by G to `gradient` [C][K].
  func addGradient(of gate: Gate, to gradient: FloatSlice) {
    let ofWhole = lambda2 * whole.derivative(norm: gate.norm)
    for k in 0..<gate.filters {
      let ofColumn = lambda3 == 0 ? 0 : lambda3 * column.derivative(norm: gate.norm(column: k))
      let slope = Float(ofWhole + ofColumn)
      for i in stride(from: k, to: gate.matrix.count, by: gate.filters) {
        gradient[i] += isSigned ? slope * sign(gate.matrix[i]) : slope
      }
    }
  }

  /// −1, 0 or 1, as PyTorch's derivative of |x|.
  private func sign(_ x: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : 0 }
}
