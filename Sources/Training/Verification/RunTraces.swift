import Core
import Inference
import Storage

/// What a run has left of a stretch of its steps: digests, and the configuration that it had there.
struct RunTraces {
  /// As YAML.
  let configuration: String
  /// By steps, of a step that of its record first.
  let digests: [(step: Int, source: RunReplay.Source, digest: String)]
  /// Steps that were left out since a rollback.
  let leftOut: Set<Int>

  /// Those of the `steps` steps after a checkpoint, and a record of its own step.
  /// - Throws: `CSGError` 78 where there is no digest after it, 65 where a file is damaged.
  init(_ directory: RunDirectory, after start: Checkpoint, steps: Int) throws {
    let stretch = start.step...start.step.addingReportingOverflow(steps).partialValue
    let records = try RunRecords(run: directory.path, upTo: stretch.upperBound)
    var leftOut = Set((records?.rollbacks ?? []).map(\.step))
    let later = try directory.checkpointSteps().filter { $0 > start.step }.sorted()
    var next: String?
    var found = (records?.digests ?? []).filter { stretch.contains($0.step) }
      .map { (step: $0.step, source: RunReplay.Source.record, digest: $0.digest) }
    for (number, step) in later.enumerated() where number == 0 || stretch.contains(step) {
      let path = directory.checkpoint(step: step)
      let checkpoint = try Checkpoint(reading: path)
      try RunDirectory.requireStep(step, of: checkpoint, path)
      if number == 0 { next = checkpoint.configuration }
      leftOut.formUnion(History(columns: checkpoint.history)?.leftOut ?? [])
      guard stretch.contains(step) else { continue }
      found.append((step, .checkpoint, checkpoint.stateDigest.description))
    }
    guard found.contains(where: { $0.step > start.step }) else {
      throw CSGError(
        .configuration,
        "\(directory.path): has nothing to hold steps \(start.step + 1) to \(stretch.upperBound) against: "
          + "neither a record of a digest nor a checkpoint",
        remedy: "take more steps, or train with log.digests above 0")
    }
    self.leftOut = leftOut
    digests = found.sorted {
      ($0.step, $0.source == .record ? 0 : 1) < ($1.step, $1.source == .record ? 0 : 1)
    }
    // A run may have been resumed with more epochs: what held after the checkpoint is what the next one says.
    let written = try FileSystem.contents(of: directory.configuration)
      .map { String(decoding: $0, as: UTF8.self) }
    guard let text = next ?? written ?? start.configuration else {
      throw CSGError.data(directory.path, "has no configuration: it is no run")
    }
    configuration = text
  }

  /// What all ranks must have read alike.
  var agreements: [Agreement] {
    [
      Agreement("the run's configuration", configuration),
      Agreement(
        "the steps that it leaves out", leftOut.sorted().map(String.init).joined(separator: " "),
        exitCode: .data),
    ]
      + digests.map { Agreement("the \($0.source) of step \($0.step)", $0.digest, exitCode: .data) }
  }
}
