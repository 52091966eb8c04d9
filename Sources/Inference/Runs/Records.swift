import Core
import Foundation
import Network

/// One line of `metrics.jsonl` each `log.every` steps.
package struct StepRecord: Codable, Sendable {
  private let kind = "step"
  /// Steps count from 1 over the whole run, epochs from 0.
  package let step: Int, epoch: Int
  /// The path of the epoch.
  package let path: Path
  /// The loss that was descended, and parts of it: mean cross-entropy (of a joint step: on the STD
  /// path; what is left is λ1 times the CSG path's), λ2·d.
  package let loss: Double, crossEntropy: Double, densityPenalty: Double
  /// ‖G‖₁ / (C·K) at the loss; nil without a gate.
  package let density: Double?
  /// Samples a second over the steps since the last record, checkpoint or epoch.
  package let imagesPerSecond: Double
  /// Rates of θ and of G in the step; G's is nil where it does not move. Older records have neither.
  package let learningRate: Double?, gateLearningRate: Double?
  /// ‖∇θ‖₂ of the batch's mean loss before it is clipped; nil, and no key, where `numerics` asks for none.
  package let gradientNorm: Double?

  /// The record of a step.
  package init(
    step: Int, epoch: Int, path: Path, loss: Double, crossEntropy: Double, densityPenalty: Double,
    density: Double?, imagesPerSecond: Double, learningRate: Double?, gateLearningRate: Double?,
    gradientNorm: Double? = nil
  ) {
    (self.step, self.epoch, self.path) = (step, epoch, path)
    (self.loss, self.crossEntropy, self.densityPenalty) = (loss, crossEntropy, densityPenalty)
    (self.density, self.imagesPerSecond) = (density, imagesPerSecond)
    (self.learningRate, self.gateLearningRate) = (learningRate, gateLearningRate)
    self.gradientNorm = gradientNorm
  }

  enum CodingKeys: String, CodingKey {
    case kind, step, epoch, path, loss, density
    case learningRate = "learning_rate"
    case gateLearningRate = "gate_learning_rate"
    case gradientNorm = "gradient_norm"
    case crossEntropy = "cross_entropy"
    case densityPenalty = "density_penalty"
    case imagesPerSecond = "images_per_second"
  }

  /// Every key stands in every line, null where there is no value; `gradient_norm` in every line of a run that asks
  /// for it.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(step, forKey: .step)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(path, forKey: .path)
    try container.encode(loss, forKey: .loss)
    try container.encode(crossEntropy, forKey: .crossEntropy)
    try container.encode(densityPenalty, forKey: .densityPenalty)
    try container.encode(density, forKey: .density)
    try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encode(gateLearningRate, forKey: .gateLearningRate)
    try container.encodeIfPresent(gradientNorm, forKey: .gradientNorm)
  }
}

/// One line of `metrics.jsonl` an epoch.
package struct EpochRecord: Codable, Sendable {
  package static let kind = "epoch"
  private let kind = EpochRecord.kind
  /// Steps taken when the epoch ended, and its number from 0.
  package let step: Int, epoch: Int
  /// Its path.
  package let path: Path
  /// Mean cross-entropy and accuracy of the training batches, on the epoch's path; of a joint epoch
  /// on the STD path.
  package let trainLoss: Double, trainAccuracy: Double
  /// On the STD path; nil where the epoch was not evaluated.
  package let testLoss: Double?, testAccuracy: Double?
  /// ‖G‖₁ / (C·K) at the end; nil without a gate.
  package let density: Double?
  /// Time of the epoch, evaluation included.
  package let seconds: Double
  /// The share of the all-reduce's time in which ranks computed, and the slowest rank's computing time over the
  /// mean; of the steps since the run was last started. Nil where there is one rank, and in older records.
  package let overlap: Double?, imbalance: Double?

  /// The record of an epoch.
  package init(
    step: Int, epoch: Int, path: Path, trainLoss: Double, trainAccuracy: Double, testLoss: Double?,
    testAccuracy: Double?, density: Double?, seconds: Double, overlap: Double? = nil,
    imbalance: Double? = nil
  ) {
    (self.step, self.epoch, self.path) = (step, epoch, path)
    (self.trainLoss, self.trainAccuracy) = (trainLoss, trainAccuracy)
    (self.testLoss, self.testAccuracy) = (testLoss, testAccuracy)
    (self.density, self.seconds) = (density, seconds)
    (self.overlap, self.imbalance) = (overlap, imbalance)
  }

  enum CodingKeys: String, CodingKey {
    case kind, step, epoch, path, density, seconds, imbalance
    case overlap = "all_reduce_overlap"
    case trainLoss = "train_loss"
    case trainAccuracy = "train_accuracy"
    case testLoss = "test_loss"
    case testAccuracy = "test_accuracy"
  }

  /// Every key stands in every line: null where there is no value.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(step, forKey: .step)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(path, forKey: .path)
    try container.encode(trainLoss, forKey: .trainLoss)
    try container.encode(trainAccuracy, forKey: .trainAccuracy)
    try container.encode(testLoss, forKey: .testLoss)
    try container.encode(testAccuracy, forKey: .testAccuracy)
    try container.encode(density, forKey: .density)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(overlap, forKey: .overlap)
    try container.encode(imbalance, forKey: .imbalance)
  }
}
