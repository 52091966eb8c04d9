extension Configuration {
  /// The keys of the gate and its schedule.
  func validateGate() throws {
    try requireCount("gate.period", gate.period, from: 1)
    try requireCount("gate.csg_epochs", gate.csgEpochs, from: 0, to: gate.period)
    if let start = gate.csgStart {
      try requireCount("gate.csg_start", start, to: gate.period - gate.csgEpochs)
    }
    try requireCount("gate.warmup_epochs", gate.warmupEpochs)
    if case .fixed(let fixed) = gate.matrix {
      try requireCount("gate.matrix.fixed.per_class", fixed.perClass, from: 1)
      try requireCount("gate.matrix.fixed.shared", fixed.shared)
    }
    try requireNonNegative("gate.lambda1", gate.lambda1)
    try requireNonNegative("gate.lambda2", gate.lambda2)
    try requireNonNegative("gate.lambda3", gate.lambda3)
    if case .value(let bound) = gate.densityBound {
      try requireFraction("gate.density_bound", bound)
    }
    try requireFraction("gate.column_bound", gate.columnBound)
    try require(
      "gate.initial", gate.initial, gate.initial > 0 && gate.initial <= 1, "above 0 and at most 1")
    try requireNonNegative("gate.learning_rate", gate.learningRate)
    try require(
      "gate.penalty_in", gate.penaltyIn, gate.penaltyIn == .gated || gate.learnsIn == .all,
      "possible while gate.learns_in is \(gate.learnsIn)")
    try validateGateOptimizer()
  }

  /// What only some of G's optimisers have.
  private func validateGateOptimizer() throws {
    let rule = gate.optimizer
    if let momentum = gate.momentum {
      try require(
        "gate.momentum", momentum, rule == .momentum,
        "possible with gate.optimizer \(rule): it is for momentum")
      try require(
        "gate.momentum", momentum, momentum >= 0 && momentum < 1, "from 0 to below 1")
    }
    if let nesterov = gate.nesterov {
      try require(
        "gate.nesterov", nesterov, rule == .momentum,
        "possible with gate.optimizer \(rule): it is for momentum")
    }
    let isNesterov = rule == .momentum && gate.nesterov ?? optimizer.nesterov
    try require(
      "gate.nesterov", isNesterov, !isNesterov || (gate.momentum ?? optimizer.momentum) > 0,
      "possible without momentum")
    try requireNonNegative("gate.weight_decay", gate.weightDecay)
    try require(
      "gate.weight_decay", gate.weightDecay, gate.weightDecay == 0 || rule != .shared,
      "possible with gate.optimizer shared: it takes optimizer.weight_decay")
  }
}
