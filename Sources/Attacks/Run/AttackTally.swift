/// What a run counts: everything but pictures.
package struct AttackTally {
  private(set) var samples = 0, correct = 0, attacked = 0, successes = 0
  private(set) var roundedSuccesses = 0, correctAttacked = 0, correctSuccesses = 0
  private(set) var noise = 0, noiseSuccesses = 0
  private(set) var blind = 0, outside = 0
  /// Of each success, in order.
  private(set) var l0: [Double] = [], l2: [Double] = [], linf: [Double] = []
  /// Of each sample that was attacked, in order.
  private(set) var queries: [Double] = []

  /// Nothing yet.
  package init() {}

  /// Adds what became of samples, the next in order.
  package mutating func add(_ block: [AttackedSample]) {
    for sample in block {
      samples += 1
      correct += sample.wasCorrect ? 1 : 0
      guard sample.wasAttacked else { continue }
      attacked += 1
      correctAttacked += sample.wasCorrect ? 1 : 0
      roundedSuccesses += sample.isRoundedSuccess ? 1 : 0
      noise += sample.hasNoise ? 1 : 0
      noiseSuccesses += sample.isNoiseSuccess ? 1 : 0
      blind += sample.sawNoGradient ? 1 : 0
      outside += sample.isOutside ? 1 : 0
      queries.append(Double(sample.queries))
      guard sample.isSuccess else { continue }
      successes += 1
      correctSuccesses += sample.wasCorrect ? 1 : 0
      l0.append(Double(sample.l0))
      l2.append(sample.l2)
      linf.append(sample.linf)
    }
  }
}
