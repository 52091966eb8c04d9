import Core
import Inference

extension CheckpointedRun {
  /// Checks that a baseline is the same net without a gate, trained on the same data; errors call it
  /// by its `path`, and this one by `own`. `warn` is told where more than the gate differs in how they were trained.
  /// - Throws: `CSGError` 78 that names the first difference.
  package func requireBaseline(
    _ other: CheckpointedRun, at path: String, of own: String, warn: (String) -> Void
  ) throws {
    let (ours, theirs) = (checkpoint, other.checkpoint)
    guard ours.architecture == theirs.architecture, ours.classes == theirs.classes,
      ours.channels == theirs.channels
    else {
      throw CSGError(
        .configuration,
        "--baseline \(path): \(theirs.architecture), \(NumberText.count(theirs.classes, "class", "classes")), "
          + "\(NumberText.count(theirs.channels, "channel")), but \(own) is \(ours.architecture), "
          + "\(ours.classes), \(ours.channels)",
        remedy: "give a checkpoint of the same net")
    }
    if let ourData = ours.dataFingerprint, let theirData = theirs.dataFingerprint,
      ourData != theirData
    {
      throw CSGError(
        .configuration, "--baseline \(path): was trained on other data than \(own)",
        remedy: "give a checkpoint that was trained on the same")
    }
    guard theirs.gate == nil else {
      throw CSGError(
        .configuration, "--baseline \(path): has a gate, which a baseline is to lack",
        remedy: ours.gate == nil
          ? "swap it and \(own)"
          : "give a run with gate.schedule standard, or analyze each alone")
    }
    let keys = try origin.keysBesideTheGate(other.origin)
    if !keys.isEmpty {
      let beside = ours.gate == nil ? "" : " in more than the gate"
      warn(
        "--baseline \(path): was trained otherwise than \(own)\(beside) (\(keys.joined(separator: ", "))): "
          + "that, too, may be why they differ")
    }
  }
}
