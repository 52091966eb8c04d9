import Core
import Kernels

/// What one replica contributes to a step, and what the sum over replicas holds: one flat vector.
///
/// [θ gradient, last layer first][G gradient, C × K][batch statistics][loss, correct, replicas,
/// stop, gated loss, saved]
package struct StepVector: Sendable {
  /// Gradient of Σ loss by θ (its front, where lower layers are frozen), by G; sums over
  /// replicas of batch means and unbiased variances.
  package let parameters: Range<Int>, gate: Range<Int>, statistics: Range<Int>
  /// Places of Σ cross-entropy and of correct predictions (of a joint step: on the STD path), of
  /// non-empty replicas, of stop requests, of a joint step's Σ cross-entropy on the CSG path, and of whether the
  /// save that was under way has ended.
  package let loss: Int, correct: Int, replicas: Int, stop: Int, gatedLoss: Int, saved: Int
  /// Floats.
  package let count: Int

  init(parameters: Int, gate: Int, statistics: Int) {
    self.parameters = 0..<parameters
    self.gate = parameters..<parameters + gate
    self.statistics = self.gate.upperBound..<self.gate.upperBound + statistics
    loss = self.statistics.upperBound
    correct = loss + 1
    replicas = loss + 2
    stop = loss + 3
    gatedLoss = loss + 4
    saved = loss + 5
    count = loss + 6
  }

  /// Both gradients.
  package var gradients: Range<Int> { 0..<gate.upperBound }

  /// This vector with the gradient of θ up to `end` alone.
  package func upTo(_ end: Int) -> StepVector {
    StepVector(parameters: end, gate: gate.count, statistics: statistics.count)
  }
}

/// One range of a `StepVector`, or two that lie apart.
package struct VectorParts {
  /// The second is empty or lies behind the first.
  package let first: Range<Int>, second: Range<Int>

  /// These two, or the first alone.
  package init(_ first: Range<Int>, _ second: Range<Int> = 0..<0) {
    self.first = first
    self.second = second
  }

  /// Calls `body` for each.
  package func forEach(_ body: (Range<Int>) -> Void) {
    body(first)
    if !second.isEmpty { body(second) }
  }
}
