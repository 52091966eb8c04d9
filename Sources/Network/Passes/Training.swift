import Core
import Kernels

extension Network {
  /// How long the passes of one replica took: features forward, then loss and all gradients.
  package struct PassTimes: Sendable {
    /// Of either pass.
    package let forward: Duration, backward: Duration
  }

  /// Overwrites `contribution` (laid out by `vector`, by default all of `stepVector`) by what one
  /// replica brings to a step: the gradients of `loss` over the first images, batch statistics,
  /// Σ cross-entropy and correct predictions. An empty replica brings zeros.
  ///
  /// The backward pass reaches as far as `vector` has gradients of θ. `gradientReady` is called as it
  /// goes on: the floats before its argument are final.
  /// - Returns: how long either pass took, for records; no result depends on it.
  @discardableResult
  package func train(
    _ loss: LabelLoss, contribution: FloatSlice, vector: StepVector? = nil,
    gradientReady: (Int) -> Void = { _ in }
  ) -> PassTimes {
    let vector = vector ?? stepVector
    precondition(contribution.count == vector.count, "contribution does not fit")
    contribution.fill(0)
    guard !loss.labels.isEmpty else {
      gradientReady(vector.parameters.upperBound)
      return PassTimes(forward: .zero, backward: .zero)
    }
    takeAsOneReplica(loss.labels.count)
    return passes(
      loss, replicas, ParameterGradients(vector, SingleContribution(vector: contribution)),
      gradientReady: gradientReady)
  }

  /// The same for replicas that go through the network together, layer by layer, as their norms'
  /// scope wants it: `replicas` says which images are whose, one replica's after the other's, of
  /// those that the loss has labels for. Some may have none, even all.
  /// - Throws: what made a meeting of the scope's replicas fail; what was added is then undefined.
  @discardableResult
  package func train(
    _ loss: LabelLoss, replicas: [Range<Int>], gradients: ParameterGradients,
    gradientReady: (Int) -> Void = { _ in }
  ) throws -> PassTimes {
    let times = passes(loss, replicas, gradients, gradientReady: gradientReady)
    if let fault = normReplicas.fault { throw fault }
    return times
  }

  private func passes(
    _ loss: LabelLoss, _ replicas: [Range<Int>], _ gradients: ParameterGradients,
    gradientReady: (Int) -> Void
  ) -> PassTimes {
    let began = ContinuousClock.now
    track?.enter(.forward)
    forward(count: replicas[replicas.count - 1].upperBound, mode: .training(replicas: replicas))
    let halfway = ContinuousClock.now
    track?.enter(.backward)
    backward(
      from: .loss(loss), to: .parameters(before: gradients.vector.parameters.upperBound),
      parameters: gradients, gradientReady: gradientReady)
    return PassTimes(forward: halfway - began, backward: .now - halfway)
  }
}
