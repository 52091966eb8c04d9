import Core

/// Which network it is.
package struct Origin: Encodable, Sendable {
  /// Name of the net, steps that it was trained, and XXH3-128 of its state.
  package let architecture: String, step: Int, digest: String
  /// C and K; whether it has a gate.
  package let classes: Int, filters: Int, gated: Bool
  /// The run that trained it; nil for imported weights.
  package let run: Run?

  /// What tells a run from others: its name, its seed, its configuration in full, what was changed of that on the
  /// way, and the fingerprints of its data.
  package struct Run: Sendable {
    let name: String, seed: UInt64, configuration: String, changes: [String]
    let dataFingerprint: String

    /// The description of a run.
    package init(
      name: String, seed: UInt64, configuration: String, changes: [String] = [],
      dataFingerprint: String
    ) {
      self.name = name
      self.seed = seed
      self.configuration = configuration
      self.changes = changes
      self.dataFingerprint = dataFingerprint
    }
  }

  /// The description of a network.
  package init(
    architecture: String, step: Int, digest: String, classes: Int, filters: Int, gated: Bool,
    run: Run?
  ) {
    self.architecture = architecture
    self.step = step
    self.digest = digest
    self.classes = classes
    self.filters = filters
    self.gated = gated
    self.run = run
  }

  enum CodingKeys: String, CodingKey {
    case architecture, step, digest, classes, filters, gated, run, seed, configuration, changes
    case dataFingerprint = "data_fingerprint"
  }

  /// Every key stands in the file: null where no run is known.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(architecture, forKey: .architecture)
    try container.encode(step, forKey: .step)
    try container.encode(digest, forKey: .digest)
    try container.encode(classes, forKey: .classes)
    try container.encode(filters, forKey: .filters)
    try container.encode(gated, forKey: .gated)
    try container.encode(run?.name, forKey: .run)
    try container.encode(run?.seed, forKey: .seed)
    try container.encode(run?.configuration, forKey: .configuration)
    try container.encode(run?.changes, forKey: .changes)
    try container.encode(run?.dataFingerprint, forKey: .dataFingerprint)
  }
}

extension Origin {
  /// Keys in which a baseline was trained otherwise than this network's recipe says of it, the gate aside: what
  /// differs between the two is not the gates' doing alone. None where how either was trained is not known.
  package func keysBesideTheGate(_ baseline: Origin) -> [String] {
    let recipes = [run, baseline.run].compactMap { run in
      run.flatMap { try? ResolvedConfiguration(text: $0.configuration, origin: $0.name) }?.recipe
        .standard
    }
    return recipes.count == 2 ? RecipeLabels.differingKeys(recipes) : []
  }
}
