import Core
import Inference

/// How a network was trained, from its checkpoint and configuration.
package struct TrainingFacts {
  let path: String, run: CheckpointedRun
  /// How long it took each path; nil where that is not known.
  let taken: PathsTaken?
  /// Whether its gate counts.
  let isGated: Bool

  /// The facts of the run at `path`.
  package init(path: String, run: CheckpointedRun, taken: PathsTaken?, isGated: Bool) {
    self.path = path
    self.run = run
    self.taken = taken
    self.isGated = isGated
  }

  /// What each fact is about, and the fact, in words; the same facts for every network.
  var rows: [(name: String, text: String)] {
    let checkpoint = run.checkpoint
    let isKnown = checkpoint.configuration != nil
    let unknown = "unknown: imported weights"
    func known(_ text: String) -> String { isKnown ? text : unknown }
    let values = run.configuration.values
    let batch =
      "\(NumberText.count(values.batchSize, "sample")) in \(NumberText.count(values.replicas, "replica"))"
    let data = checkpoint.dataFingerprint?.split(separator: "\n").joined(separator: "; ")
    return [
      ("Checkpoint", path),
      (
        "Architecture",
        "\(checkpoint.architecture), \(NumberText.count(checkpoint.classes, "class", "classes")), \(NumberText.count(checkpoint.channels, "channel"))"
      ),
      ("Trained", known(progress(of: values.epochs))),
      ("By path", taken.map(PathsText.list) ?? (isKnown ? "not recorded" : unknown)),
      (
        "Changed on the way",
        known(checkpoint.changes.isEmpty ? "nothing" : checkpoint.changes.joined(separator: "; "))
      ),
      ("Schedule", known(schedule(values.gate))),
      ("Gate", isGated ? known(gate(values.gate, values.optimizer)) : "none"),
      ("Optimiser", known(optimizer(values.optimizer))),
      (
        "Learning rate",
        known(
          rate(values.learningRate, gate: values.gate, isShared: values.optimizer.shared))
      ),
      ("Batch", known("\(batch), batch norm: \(values.batchNorm.rawValue)")),
      ("Start", known(values.model.weights.map { "weights of \($0)" } ?? "random weights")),
      ("Seed", known("\(values.seed)")),
      ("Trained on", data ?? unknown),
      ("Digest of the state", checkpoint.stateDigest.description),
    ]
  }

  private func progress(of epochs: Int) -> String {
    let checkpoint = run.checkpoint
    let rest =
      checkpoint.stepInEpoch > 0 ? " and \(NumberText.count(checkpoint.stepInEpoch, "step"))" : ""
    return
      "\(checkpoint.epoch) of \(NumberText.count(epochs, "epoch"))\(rest), \(NumberText.count(checkpoint.step, "step")) in all"
  }

  private func schedule(_ gate: Configuration.Gate) -> String {
    let warmup =
      gate.warmupEpochs > 0 ? ", after \(NumberText.count(gate.warmupEpochs, "epoch")) without" : ""
    switch gate.schedule {
    case .standard: return "STD path in every epoch"
    case .alternate where gate.csgEpochs == 0: return "STD path in every epoch"
    case .alternate:
      let last = gate.csgEpochs == 1 ? "last" : "last \(gate.csgEpochs)"
      let gated =
        gate.csgStart.map { start in
          let epochs = (start..<start + gate.csgEpochs).map { "\($0)" }.joined(separator: ", ")
          return "CSG path in epochs \(epochs) (from 0) of every \(gate.period)"
        } ?? "CSG path in the \(last) of every \(NumberText.count(gate.period, "epoch"))"
      return "\(gated)\(warmup), STD path in the others"
    case .joint: return "both paths in every step\(warmup)"
    }
  }

  private func gate(_ gate: Configuration.Gate, _ optimizer: Configuration.Optimizer) -> String {
    switch gate.matrix {
    case .learned:
      return "learned: " + (penalties(gate) + [step(gate, optimizer)]).joined(separator: ", ")
    case .fixed(let shares):
      return
        "given: \(NumberText.count(shares.perClass, "filter")) a class, \(shares.shared) shared by all"
    }
  }

  private func penalties(_ gate: Configuration.Gate) -> [String] {
    let weights = "λ1 \(NumberText.plain(gate.lambda1)), λ2 \(NumberText.plain(gate.lambda2))"
    let kind = gate.penalty.rawValue
    let whole =
      "\(kind) penalty above a density of \(NumberText.short(gate.densityBound.value(classes: run.checkpoint.classes)))"
    let columns =
      "λ3 \(NumberText.plain(gate.lambda3)) above \(NumberText.plain(gate.columnBound)) of a column"
    return [weights, whole] + (gate.lambda3 > 0 ? [columns] : [])
      + (gate.penaltyIn == .all ? ["in every epoch"] : [])
  }

  /// G's step, and what follows it.
  private func step(_ gate: Configuration.Gate, _ optimizer: Configuration.Optimizer) -> String {
    let velocity = NumberText.plain(gate.momentum ?? optimizer.momentum)
    let nesterov = gate.nesterov ?? optimizer.nesterov ? " (Nesterov)" : ""
    let momentum = gate.optimizer == .momentum ? ", momentum \(velocity)\(nesterov)" : ""
    let decay = gate.weightDecay > 0 ? ", weight decay \(NumberText.plain(gate.weightDecay))" : ""
    let rate = " at rate \(NumberText.plain(gate.learningRate))"
    let rule =
      gate.optimizer == .shared
      ? "one more parameter of θ's optimiser"
      : gate.optimizer.rawValue + rate + momentum + decay
    return rule + (gate.learnsIn == .all ? ", moved in STD epochs too" : "")
      + (gate.projection == .none ? ", not projected" : "")
  }

  private func optimizer(_ optimizer: Configuration.Optimizer) -> String {
    let momentum = NumberText.plain(optimizer.momentum)
    let rule =
      optimizer.kind == .adam
      ? "adam, betas \(NumberText.plain(optimizer.betas))"
      : "sgd, momentum \(momentum)\(optimizer.nesterov ? " (Nesterov)" : "")"
    return "\(rule), weight decay \(NumberText.plain(optimizer.weightDecay))"
  }

  private func rate(
    _ rate: Configuration.LearningRate, gate: Configuration.Gate, isShared: Bool
  ) -> String {
    let alternates = gate.schedule == .alternate
    let isByPath = alternates && !isShared && rate.countedOver == .path
    let whose = isByPath ? "each path's epochs" : "the epochs"
    let gamma = NumberText.plain(rate.gamma)
    let change =
      switch rate.schedule {
      case .milestones where rate.milestonesIn == .epochs:
        "times \(gamma) after \(NumberText.plain(rate.milestones)) of \(whose)"
      case .milestones: "times \(gamma) at \(NumberText.plain(rate.milestones)) of \(whose)"
      case .step: "times \(gamma) every \(rate.stepEpochs) of \(whose)"
      case .cosine: "a cosine over \(whose) to \(NumberText.plain(rate.final)) of it"
      }
    let warmup = rate.warmupEpochs > 0 ? ", rising over the first \(rate.warmupEpochs)" : ""
    let standard = NumberText.plain(rate.standard)
    let rates =
      alternates
      ? "\(standard) on the STD path, \(NumberText.plain(rate.gated)) on the CSG path" : standard
    return "\(rates); \(change)\(warmup)"
  }
}
