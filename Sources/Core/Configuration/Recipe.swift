/// What a run does, but for its seed: two runs of one recipe differ by chance alone.
package struct Recipe: Hashable, Sendable {
  /// `key.path` → value in its normal form, of the keys that change a result.
  package let keys: [String: String]

  /// Groups and keys that mean nothing where no step takes the CSG path.
  private static let gateKeys: Set<String> = [
    "gate", "learning_rate.gated", "learning_rate.counted_over", "model.frozen.gated",
    "optimizer.shared",
  ]

  private static let scheduleKey = "gate.schedule", ungated = "standard"

  /// The recipe of these keys; without a gate, what would be said of it is left out.
  init(_ keys: [String: String]) {
    self.keys = keys[Self.scheduleKey] == Self.ungated ? Self.withoutGate(keys) : keys
  }

  /// Whether some step may take the CSG path.
  package var isGated: Bool { keys[Self.scheduleKey] != Self.ungated }

  /// The baseline's: the same recipe trained without a gate.
  package var standard: Recipe { Recipe(Self.withoutGate(keys)) }

  /// The same but for a key, for runs that differ in it.
  package func without(_ key: String) -> Recipe { Recipe(keys.filter { $0.key != key }) }

  private static func withoutGate(_ keys: [String: String]) -> [String: String] {
    var rest = keys.filter { !ResolvedConfiguration.isKey($0.key, in: gateKeys) }
    rest[scheduleKey] = ungated
    return rest
  }
}

extension ResolvedConfiguration {
  /// Groups and keys that change no result: where things lie, what is saved, shown and checked on the
  /// way, and how the work is done (of `compute`, `convolution` may change the last bits, and `wire` is none of them).
  package static let keysWithoutEffect: Set<String> = [
    "name", "checkpoint", "log", "evaluate", "lockstep", "verify", "compute.threads",
    "compute.convolution", "compute.overlap", "compute.bucket_megabytes", "compute.all_reduce",
    "data.train", "data.test",
  ]

  /// Whether a key, its group or a group of that is in `keys`.
  package static func isKey(_ key: String, in keys: Set<String>) -> Bool {
    let parts = key.split(separator: ".")
    return parts.indices.contains { keys.contains(parts[...$0].joined(separator: ".")) }
  }

  /// The configuration's recipe. The content of the data is no part of it.
  package var recipe: Recipe {
    let unlike = Self.keysWithoutEffect.union(["seed"])
    return Recipe(
      Dictionary(
        flat.filter { !Self.isKey($0.key, in: unlike) }.map { ($0.key, $0.value) },
        uniquingKeysWith: { first, _ in first }))
  }
}
