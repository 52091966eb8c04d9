import Core
import Kernels

/// What one replica contributes to a step, and what the sum over replicas holds: one flat vector.
///
/// [θ gradient, last layer first][G gradient, C × K][batch statistics][loss, correct, replicas, stop]
public struct StepVector: Sendable {
  /// Gradient of Σ loss by θ, by G; sums over replicas of batch means and unbiased variances.
  public let parameters: Range<Int>, gate: Range<Int>, statistics: Range<Int>
  /// Places of Σ cross-entropy, of correct predictions, of non-empty replicas and of stop requests.
  public let loss: Int, correct: Int, replicas: Int, stop: Int
  /// Floats.
  public let count: Int

  init(parameters: Int, gate: Int, statistics: Int) {
    self.parameters = 0..<parameters
    self.gate = parameters..<parameters + gate
    self.statistics = self.gate.upperBound..<self.gate.upperBound + statistics
    loss = self.statistics.upperBound
    correct = loss + 1
    replicas = loss + 2
    stop = loss + 3
    count = loss + 4
  }
}

/// Which of the two paths of Algorithm 1 a pass takes.
public enum Path: String, Sendable, Codable {
  /// STD: features → classifier.
  case standard
  /// CSG: features, multiplied by the gate row of the sample's label → classifier.
  case gated
}
