import Core
import Network
import Storage

/// How long a run took each path.
package struct PathsTaken: Encodable, Sendable, Equatable {
  /// Whole epochs, and steps, those of an epoch under way included.
  package struct Part: Encodable, Sendable, Equatable {
    /// See above.
    package var epochs: Int, steps: Int

    /// So many.
    package init(epochs: Int, steps: Int) {
      self.epochs = epochs
      self.steps = steps
    }
  }

  /// The STD path alone, the CSG path alone, and both in every step.
  package let standard: Part, gated: Part, joint: Part

  /// So long on each.
  package init(standard: Part, gated: Part, joint: Part) {
    self.standard = standard
    self.gated = gated
    self.joint = joint
  }

  /// By the records of epochs that a checkpoint keeps, and `gate`, which tells the path of the epoch under
  /// way; nil where they do not account for every step, as in weights from elsewhere.
  package init?(_ checkpoint: Checkpoint, gate: Configuration.Gate) {
    let history = checkpoint.history
    guard let ends = history["step"], let isGated = history["is_gated"],
      isGated.count == ends.count
    else { return nil }
    let isAtOpenEnd = checkpoint.isAtOpenEnd
    guard ends.count + (isAtOpenEnd ? 1 : 0) == checkpoint.epoch else { return nil }
    // Checkpoints older than the joint schedule lack the column.
    let isJoint = history["is_joint"] ?? ends.map { _ in 0 }
    guard isJoint.count == ends.count else { return nil }
    var parts: [Path: Part] = [:]
    var last = 0
    for (i, end) in ends.enumerated() {
      guard let step = Int(exactly: end), step >= last else { return nil }
      let path: Path = isJoint[i] == 1 ? .joint : isGated[i] == 1 ? .gated : .standard
      parts[path, default: Part(epochs: 0, steps: 0)].epochs += 1
      parts[path, default: Part(epochs: 0, steps: 0)].steps += step - last
      last = step
    }
    let underWay = checkpoint.step - last
    guard isAtOpenEnd ? underWay > 0 : underWay == checkpoint.stepInEpoch else { return nil }
    if underWay > 0 {
      let path = gate.path(atEpoch: ends.count)
      parts[path, default: Part(epochs: 0, steps: 0)].epochs += isAtOpenEnd ? 1 : 0
      parts[path, default: Part(epochs: 0, steps: 0)].steps += underWay
    }
    func part(_ path: Path) -> Part { parts[path] ?? Part(epochs: 0, steps: 0) }
    self.init(standard: part(.standard), gated: part(.gated), joint: part(.joint))
  }
}

extension Configuration.Gate {
  /// The path of an epoch (from 0).
  package func path(atEpoch epoch: Int) -> Path {
    switch schedule {
    case .standard: return .standard
    case .alternate:
      let place = epoch % period - firstCSGEpoch
      return epoch >= warmupEpochs && (0..<csgEpochs).contains(place) ? .gated : .standard
    case .joint: return epoch >= warmupEpochs ? .joint : .standard
    }
  }
}

extension CheckpointedRun {
  /// How long the run took each path, as its checkpoint tells it, whatever `--set` changes; nil where that
  /// is not known.
  package var pathsTaken: PathsTaken? {
    get throws {
      guard let text = checkpoint.configuration else { return nil }
      let values = try ResolvedConfiguration(text: text, origin: file).values
      return PathsTaken(checkpoint, gate: values.gate)
    }
  }
}
