import Network

/// What the time of a training step goes into, in order; raw values are the keys of a benchmark's
/// document.
package enum TrainingStage: String, Sendable, CodingKey, CaseIterable {
  /// Waiting for the batch.
  case dataWait = "data_wait"
  /// Bytes to floats.
  case load
  /// The forward pass.
  case forward
  /// The backward pass, and what leaves meanwhile.
  case backward
  /// Waiting for the sum after it.
  case allReduce = "all_reduce"
  /// Moving θ, G and statistics.
  case update
}

/// Seconds by stage, summed over steps.
package struct StageSeconds: Sendable, Codable {
  /// In the order of all stages.
  private var seconds = TrainingStage.allCases.map { _ in 0.0 }

  init() {}

  /// The seconds of a stage.
  package private(set) subscript(stage: TrainingStage) -> Double {
    get { seconds[Self.place(stage)] }
    set { seconds[Self.place(stage)] = newValue }
  }

  private static func place(_ stage: TrainingStage) -> Int {
    guard let place = TrainingStage.allCases.firstIndex(of: stage) else {
      preconditionFailure("every stage is one of all")
    }
    return place
  }

  private mutating func add(_ duration: Duration, to stage: TrainingStage) {
    self[stage] += duration / .seconds(1)
  }

  mutating func add(dataWait: Duration) { add(dataWait, to: .dataWait) }

  mutating func add(load: Duration, passes: Network.PassTimes) {
    add(load, to: .load)
    add(passes.forward, to: .forward)
    add(passes.backward, to: .backward)
  }

  mutating func add(allReduce: Duration, update: Duration) {
    add(allReduce, to: .allReduce)
    add(update, to: .update)
  }

  /// Seconds of an average step since `earlier`.
  package func mean(since earlier: StageSeconds, steps: Int) -> StageSeconds {
    var mean = StageSeconds()
    mean.seconds = zip(seconds, earlier.seconds).map { ($0 - $1) / Double(steps) }
    return mean
  }

  // MARK: As a document: a key for each stage

  /// From a number for each stage.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: TrainingStage.self)
    seconds = try TrainingStage.allCases.map { try container.decode(Double.self, forKey: $0) }
  }

  /// As a number for each stage.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TrainingStage.self)
    for stage in TrainingStage.allCases { try container.encode(self[stage], forKey: stage) }
  }
}
