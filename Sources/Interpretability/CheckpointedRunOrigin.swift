import Core
import Inference
import Network

extension CheckpointedRun {
  /// The checkpoint as metrics name it.
  package var origin: Origin {
    get throws {
      Origin(
        architecture: checkpoint.architecture, step: checkpoint.step,
        digest: checkpoint.stateDigest.description, classes: checkpoint.classes,
        filters: try Architecture(checkpoint.architecture).filters, gated: checkpoint.gate != nil,
        run: try trainedRun)
    }
  }

  /// The run as its checkpoint tells it, whatever `--set` changes for the analysis.
  private var trainedRun: Origin.Run? {
    get throws {
      guard let text = checkpoint.configuration, let fingerprint = checkpoint.dataFingerprint else {
        return nil
      }
      let values = try ResolvedConfiguration(text: text, origin: file).values
      return Origin.Run(
        name: values.name, seed: values.seed, configuration: text, changes: checkpoint.changes,
        dataFingerprint: fingerprint)
    }
  }

  /// Whether the configuration says that G was given.
  package var hasFixedGate: Bool {
    checkpoint.configuration != nil && configuration.values.gate.matrix != .learned
  }

  /// What the configuration says of the gate; an imported checkpoint has none.
  package var analysisSettings: NetworkAnalysis.Settings {
    let isGated = checkpoint.gate != nil
    let gate = configuration.values.gate
    guard checkpoint.configuration != nil else {
      return NetworkAnalysis.Settings(hasGate: isGated, densityBound: nil, groupSize: nil)
    }
    switch gate.matrix {
    case .learned:
      return NetworkAnalysis.Settings(
        hasGate: isGated,
        densityBound: gate.projection == .none
          ? nil : gate.densityBound.value(classes: checkpoint.classes),
        groupSize: nil)
    case .fixed(let shares):
      return NetworkAnalysis.Settings(
        hasGate: isGated, densityBound: nil, groupSize: shares.perClass)
    }
  }
}
