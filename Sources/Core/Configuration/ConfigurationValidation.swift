extension Configuration {
  /// Checks every value against its range.
  /// - Throws: `CSGError` (78) that names the key, the range and the value.
  func validate() throws {
    let isPlainName = !name.isEmpty && name != "." && name != ".." && !name.contains("/")
    try require("name", "'\(name)'", isPlainName, "a plain name without '/'")
    try requireCount("model.classes", model.classes, from: 2, to: 100_000)
    try require(
      "model.channels", model.channels, model.channels == 1 || model.channels == 3, "1 or 3")
    try require(
      "model.dropout", model.dropout, model.dropout >= 0 && model.dropout < 1,
      "from 0 to below 1")
    guard !model.newClasses || model.weights != nil else {
      throw CSGError.configuration(
        "model.new_classes", "is true, but model.weights is not set",
        remedy: "name the weights, or set model.new_classes to false")
    }
    if let limit = data.limit { try requireCount("data.limit", limit, from: 1) }
    try requireCount("data.crop_padding", data.cropPadding, to: 1024)
    try requireCount("data.window", data.window, from: 1)
    guard data.balance == .none || data.shuffle == .full else {
      throw CSGError.configuration(
        "data.balance", "is \(data.balance), but data.shuffle is \(data.shuffle)",
        remedy: "set data.shuffle to full, or data.balance to none")
    }
    try validateFraming()
    for (key, values) in [("data.mean", data.mean), ("data.std", data.std)] {
      guard case .values(let numbers) = values else { continue }
      try require(
        key, numbers,
        numbers.count == model.channels && numbers.allSatisfy(\.isFinite)
          && (key == "data.mean" || numbers.allSatisfy { $0 > 0 }),
        "one number for each of \(model.channels) channels (a std above 0)")
    }
    try requireCount("replicas", replicas, from: 1, to: 65_536)
    try requireCount("batch_size", batchSize, from: 1, to: 1 << 24)
    try requireCount("epochs", epochs, from: 1)
    try require(
      "batch_norm_momentum", batchNormMomentum, batchNormMomentum > 0 && batchNormMomentum <= 1,
      "above 0, to 1")
    try require(
      "optimizer.momentum", optimizer.momentum, optimizer.momentum >= 0 && optimizer.momentum < 1,
      "from 0 to below 1")
    try require(
      "optimizer.nesterov", optimizer.nesterov, !optimizer.nesterov || optimizer.momentum > 0,
      "possible without optimizer.momentum")
    try require(
      "optimizer.nesterov", optimizer.nesterov, !optimizer.nesterov || optimizer.kind == .sgd,
      "possible with optimizer.kind \(optimizer.kind)")
    try require(
      "optimizer.betas", optimizer.betas,
      optimizer.betas.count == 2 && optimizer.betas.allSatisfy { $0 >= 0 && $0 < 1 },
      "two numbers from 0 to below 1")
    try require(
      "optimizer.epsilon", optimizer.epsilon,
      optimizer.epsilon >= 1e-30 && optimizer.epsilon.isFinite, "a finite number from 1e-30 up")
    try requireNonNegative("optimizer.weight_decay", optimizer.weightDecay)
    try validateRates()
    try validateGate()
    for (key, norm) in [
      ("numerics.clip_norm", numerics.clipNorm), ("numerics.clip_gate_norm", numerics.clipGateNorm),
    ] {
      guard let norm else { continue }
      try require(key, norm, norm > 0 && norm.isFinite, "a finite number above 0, or null")
    }
    try requireCount("evaluate.every_epochs", evaluate.everyEpochs)
    try requireCount("checkpoint.every_epochs", checkpoint.everyEpochs)
    try requireCount("checkpoint.every_steps", checkpoint.everySteps)
    try requireCount("checkpoint.keep", checkpoint.keep, from: 1)
    try requireCount("log.every", log.every)
    try requireCount("log.digests", log.digests)
    try requireCount("lockstep.every", lockstep.every)
    try requireCount("lockstep.timeout_seconds", lockstep.timeoutSeconds, from: 1)
    try requireCount("verify.replay_every", verify.replayEvery)
    guard verify.replayEvery == 0 || batchNorm == .replica else {
      throw CSGError.configuration(
        "verify.replay_every",
        "is \(verify.replayEvery), but batch_norm is sync: replicas compute together there, none alone again",
        remedy: "set verify.replay_every to 0, or batch_norm to replica")
    }
    if case .count(let threads) = compute.threads {
      try requireCount("compute.threads", threads, from: 1, to: 1024)
    }
    try requireCount("compute.bucket_megabytes", compute.bucketMegabytes, from: 1, to: 256)
  }

  /// The keys of θ's rate.
  func validateRates() throws {
    let rate = learningRate
    try requireNonNegative("learning_rate.standard", rate.standard)
    try requireNonNegative("learning_rate.gated", rate.gated)
    try requireNonNegative("learning_rate.gamma", rate.gamma)
    for milestone in rate.milestones {
      let key = "learning_rate.milestones"
      switch rate.milestonesIn {
      case .epochs:
        try require(
          key, milestone, milestone >= 0 && milestone <= 1e9 && milestone == milestone.rounded(),
          "a number of epochs")
      case .fractions:
        guard milestone > 1 else {
          try requireFraction(key, milestone)
          continue
        }
        throw CSGError.configuration(
          key, "\(milestone) is not between 0 and 1",
          remedy: "give fractions, or set learning_rate.milestones_in to epochs")
      }
    }
    try requireCount("learning_rate.step_epochs", rate.stepEpochs, from: 1)
    try requireFraction("learning_rate.final", rate.final)
    try requireCount("learning_rate.warmup_epochs", rate.warmupEpochs)
  }

  /// The keys that turn stored pictures into images of the network's size.
  private func validateFraming() throws {
    if let size = data.imageSize {
      try require("data.image_size", size, (1...4096).contains(size), "from 1 to 4096")
    }
    if let resize = data.resize {
      guard let least = data.imageSize else {
        throw CSGError.configuration(
          "data.resize", "is \(resize), but data.image_size is not set",
          remedy: "set data.image_size, to 224 for example")
      }
      try require(
        "data.resize", resize, resize >= least && resize <= 65_536,
        "possible: it takes a side from data.image_size up")
    }
    if let crop = data.randomResizedCrop {
      let scale = crop.scale
      try require(
        "data.random_resized_crop.scale", scale,
        scale.count == 2 && scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1,
        "two rising numbers above 0 and at most 1")
      let ratio = crop.ratio
      try require(
        "data.random_resized_crop.ratio", ratio,
        ratio.count == 2 && ratio[0] >= 1e-3 && ratio[0] <= ratio[1] && ratio[1] <= 1e3,
        "two rising numbers from 0.001 to 1000")
      guard data.cropPadding == 0 else {
        throw CSGError.configuration(
          "data.random_resized_crop", "excludes data.crop_padding",
          remedy: "set data.crop_padding to 0")
      }
    }
    if let jitter = data.colorJitter {
      let factors = [
        ("brightness", jitter.brightness), ("contrast", jitter.contrast),
        ("saturation", jitter.saturation),
      ]
      for (key, value) in factors {
        try require(
          "data.color_jitter.\(key)", value, value >= 0 && value <= 100, "between 0 and 100")
      }
      try require(
        "data.color_jitter.hue", jitter.hue, jitter.hue >= 0 && jitter.hue <= 0.5,
        "between 0 and 0.5")
      guard model.channels == 3 else {
        throw CSGError.configuration(
          "data.color_jitter", "is for images of three channels", remedy: "set it to null")
      }
    }
  }
}
