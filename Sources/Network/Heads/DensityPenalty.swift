import Core

/// The penalty d = ψ(max(0, ‖·‖₁ − bound)) of the paper's Eq. 2, on the norm of G or of a part of it.
package struct DensityPenalty: Sendable {
  private let bound: Double
  private let kind: Configuration.Gate.Penalty

  /// A penalty that rests while the norm of `entries` entries is at most `densityBound` times their
  /// number.
  package init(densityBound: Double, entries: Int, kind: Configuration.Gate.Penalty) {
    bound = densityBound * Double(entries)
    self.kind = kind
  }

  /// d at a given ‖G‖₁.
  package func value(norm: Double) -> Double {
    let excess = max(0, norm - bound)
    switch kind {
    case .l1: return excess
    case .l2: return excess * excess
    case .smoothL1: return excess < 1 ? excess * excess / 2 : excess - 0.5
    }
  }

  /// ∂d by the absolute value of any entry; 0 from the bound down.
  package func derivative(norm: Double) -> Double {
    let excess = norm - bound
    guard excess > 0 else { return 0 }
    switch kind {
    case .l1: return 1
    case .l2: return 2 * excess
    case .smoothL1: return min(excess, 1)
    }
  }
}
