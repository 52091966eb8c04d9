import Core
import Datasets
import Inference
import Kernels
import Network
import Storage

/// All that a run carries from one step to the next, and how it goes to and comes from checkpoints.
final class TrainingState {
  let network: Network
  private let optimizer: Optimizer
  private let configuration: ResolvedConfiguration
  private let schedule: Schedule
  private let dataFingerprint: String
  private let train: Dataset
  private let preprocessing: Preprocessing
  /// What was changed on the way, for checkpoints.
  private var changes: [String] = []

  /// Steps taken over the whole run; the epoch under way, and the steps of it that are taken.
  private(set) var step = 0, epoch = 0, stepInEpoch = 0
  /// Records of past epochs, sums of the one under way.
  var history = History()

  init(
    network: Network, optimizer: Optimizer, configuration: ResolvedConfiguration,
    schedule: Schedule, data: TrainingData
  ) throws {
    self.network = network
    self.optimizer = optimizer
    self.configuration = configuration
    self.schedule = schedule
    dataFingerprint = data.fingerprint
    train = data.train
    preprocessing = try Preprocessing(configuration.values.data, manifest: train.manifest)
    try fixGate()
  }

  /// Whether all steps of an epoch are taken, but the epoch is not closed: its evaluation is still to come.
  var isAtOpenEnd: Bool { stepInEpoch == 0 && history.isUnderWay }

  /// Counts a step that was taken.
  func advance() {
    step += 1
    stepInEpoch += 1
    if stepInEpoch == schedule.stepsPerEpoch { (epoch, stepInEpoch) = (epoch + 1, 0) }
  }

  /// Forgets all steps, as before the first; θ, G and the running statistics are to be initialised then.
  func forget() {
    network.gate.matrix.fill(Float(configuration.values.gate.initial))
    for moments in optimizer.moments { moments.fill(0) }
    (step, epoch, stepInEpoch) = (0, 0, 0)
    history = History()
    changes = []
  }

  /// A digest of every tensor that a checkpoint will hold: of θ, of G, of the running statistics, and of
  /// what the optimisers remember.
  var digests: [(name: String, digest: Digest)] {
    func digests(_ layout: TensorLayout, _ floats: FloatSlice, _ prefix: String)
      -> [(name: String, digest: Digest)]
    {
      layout.tensors.map { (prefix + $0.name, floats[$0.range].digest) }
    }
    let remembered = optimizer.states.flatMap(\.moments).flatMap {
      digests(network.parameterLayout, $0.values, "optimizer/\($0.name)/")
    }
    let rememberedOfGate = optimizer.gateStates.flatMap(\.moments).map {
      ("optimizer/\($0.name)/gate", $0.values.digest)
    }
    return digests(network.parameterLayout, network.theta, "")
      + [("gate", network.gate.matrix.digest)]
      + digests(network.statisticsLayout, network.statistics, "") + remembered + rememberedOfGate
  }

  /// The state of a new run: random under the seed, or the weights that the configuration names, which
  /// are returned; `warn` is told of what may be wrong with them.
  @discardableResult
  func initialize(warn: (String) -> Void) throws -> Checkpoint? {
    var read: Checkpoint?
    network.initialize(seed: configuration.values.seed)
    if let path = configuration.values.model.weights {
      let weights = try StateDict.load(
        path, architecture: network.architecture, classes: network.classes,
        channels: network.input.channels)
      let hasNewClasses = configuration.values.model.newClasses
      let taken = hasNewClasses ? network.withOwnLastLayer(weights) : weights
      if configuration.values.gate.projection != .none, schedule.learnsGate,
        let fault = taken.unprojectedGateEntry
      {
        throw CSGError(
          .data, "\(path): gate holds \(fault), not within [0, 1]",
          remedy: "set gate.projection to none, or remove csg.gate")
      }
      try network.load(taken, origin: path)
      if let names = weights.classNames, !hasNewClasses {
        do { try train.requireClasses(names, of: path) } catch let error as CSGError {
          warn("\(error.message); set model.new_classes if they are other classes")
        }
      }
      read = weights
    }
    try fixGate()
    return read
  }

  /// Sets G where the configuration gives it, whatever it was.
  private func fixGate() throws {
    guard schedule.hasGate, case .fixed(let shares) = configuration.values.gate.matrix else {
      return
    }
    try network.gate.fix(shares)
  }

  /// The digest that `inspect --digest` prints of a checkpoint of this state.
  var checkpointDigest: Digest { checkpoint(provenance: "").stateDigest }

  /// The first tensor that holds a number which is not finite; nil where all are sound.
  private var unsoundTensor: String? {
    func isSound(_ floats: FloatSlice) -> Bool { SquareSum.of(floats).isFinite }
    let remembered = optimizer.states.flatMap(\.moments).map(\.values)
    for tensor in network.parameterLayout.tensors {
      let all = [network.theta] + remembered
      if !all.allSatisfy({ isSound($0[tensor.range]) }) { return tensor.name }
    }
    for tensor in network.statisticsLayout.tensors where !isSound(network.statistics[tensor.range])
    {
      return tensor.name
    }
    let ofGate =
      [network.gate.matrix] + optimizer.gateStates.flatMap(\.moments).map(\.values)
    return ofGate.allSatisfy(isSound) ? nil : "gate"
  }

  /// Refuses a state that no run can go on from.
  /// - Throws: `CSGError` that names the first tensor with a number that is not finite.
  func requireSound() throws {
    guard let tensor = unsoundTensor else { return }
    throw CSGError(
      .failure, "\(tensor) holds a number that is not finite", remedy: "lower learning_rate")
  }

  /// A value that no step leaves, with its tensor: of G one outside [0, 1] where it is projected, of a running
  /// variance one below 0. A checkpoint that held it would not be read; nil where there is none.
  var impossibleValue: String? {
    for tensor in network.statisticsLayout.tensors where tensor.name.hasSuffix(".running_var") {
      let values = network.statistics[tensor.range]
      if let value = values.array.first(where: { $0 < 0 }) {
        return "\(tensor.name) holds \(value)"
      }
    }
    guard schedule.learnsGate, configuration.values.gate.projection != .none else { return nil }
    return network.gate.matrix.array.first { !($0 >= 0 && $0 <= 1) }.map { "gate holds \($0)" }
  }

  // MARK: Checkpoints

  /// All floats of the state.
  var floats: StateFloats {
    StateFloats(
      theta: network.theta, statistics: network.statistics, gate: network.gate.matrix,
      moments: optimizer.moments)
  }

  /// The state as a checkpoint.
  func checkpoint(provenance: String) -> Checkpoint {
    draft(provenance: provenance, floats: floats).checkpoint
  }

  /// What the state is now, but for its floats, which are those that `floats` holds when the checkpoint is made.
  func draft(provenance: String, floats: StateFloats) -> CheckpointDraft {
    var cover = Checkpoint(
      architecture: network.architecture.name, classes: network.classes,
      channels: network.input.channels, parameters: [], buffers: [], gate: nil)
    (cover.step, cover.epoch, cover.stepInEpoch) = (step, epoch, stepInEpoch)
    cover.configuration = configuration.text
    cover.dataFingerprint = dataFingerprint
    cover.classNames = train.manifest.classes
    cover.preprocessing = preprocessing
    cover.provenance = provenance
    cover.changes = changes
    cover.history = history.columns
    return CheckpointDraft(
      cover: cover, floats: floats, network: network, optimizer: optimizer, schedule: schedule)
  }

  /// Keys that may differ between a checkpoint and the run that resumes it.
  private static let freeKeys = ResolvedConfiguration.keysWithoutEffect.union(["epochs"])

  /// Takes the state of a checkpoint of this very run; `warn` is told of what differs and may.
  /// - Throws: `CSGError` 78 that names the difference where configuration, data or net are others.
  func restore(_ checkpoint: Checkpoint, from path: String, warn: (String) -> Void) throws {
    guard let text = checkpoint.configuration, let fingerprint = checkpoint.dataFingerprint else {
      throw CSGError(
        .configuration, "\(path): holds weights only, no run to resume",
        remedy: "start from it by --set model.weights=\(path)")
    }
    guard let history = History(columns: checkpoint.history) else {
      throw CSGError.data(path, "the columns of its history contradict each other")
    }
    guard checkpoint.gate != nil || !schedule.hasGate else {
      throw CSGError.data(path, "holds no gate, though its run has one")
    }
    let theirs = try ResolvedConfiguration(text: text, origin: path)
    try requireSameConfiguration(as: theirs, path)
    if let names = checkpoint.classNames {
      try train.requireClasses(names, of: path)
    } else {
      warn("\(path): was saved by an older csg-dist, without class names: they are not compared")
    }
    guard fingerprint == dataFingerprint else {
      func oneLine(_ text: String) -> String { text.replacing("\n", with: ", ") }
      throw CSGError(
        .configuration,
        "\(path): comes from another data set: \(oneLine(fingerprint)), "
          + "now \(oneLine(dataFingerprint))",
        remedy: "name the data that it was trained on, or start a new run")
    }
    guard checkpoint.stepInEpoch < schedule.stepsPerEpoch,
      checkpoint.epoch * schedule.stepsPerEpoch + checkpoint.stepInEpoch == checkpoint.step
    else { throw CSGError.data(path, "its step and epoch contradict each other") }
    try network.load(checkpoint, origin: path)
    try optimizer.restore(checkpoint, to: network, schedule: schedule, origin: path)
    (step, epoch, stepInEpoch) = (checkpoint.step, checkpoint.epoch, checkpoint.stepInEpoch)
    self.history = history
    changes = checkpoint.changes
    let change = RateChange(
      from: Schedule(theirs.values, stepsPerEpoch: schedule.stepsPerEpoch), theirs.values.epochs,
      to: schedule, configuration.values.epochs, step: step, epoch: epoch, stepInEpoch: stepInEpoch)
    if let change {
      warn(change.warning)
      changes.append(change.record)
    }
  }

  private func requireSameConfiguration(as theirs: ResolvedConfiguration, _ path: String) throws {
    let differences = configuration.differences(from: theirs).filter {
      !ResolvedConfiguration.isKey($0.key, in: Self.freeKeys)
    }
    guard differences.isEmpty else {
      let list = differences.map { "\($0.key) is \($0.ours), was \($0.theirs)" }
      throw CSGError(
        .configuration, "\(path): comes from another run: \(list.joined(separator: "; "))",
        remedy: "set them back, or start a new run")
    }
  }
}
