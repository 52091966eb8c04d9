import Core
import Datasets
import Kernels
import Storage

/// What ranks compare before they take a step together. Paths of data and weights may differ, as where
/// each host has a copy of its own: what is read there may not.
extension Agreement {
  /// The program itself: its version, and its file.
  package static var program: [Agreement] {
    get throws {
      let build = try FileSystem.digest(of: "/proc/self/exe").map { "\($0)" } ?? "unknown"
      return [Agreement("the program", "version \(csgDistVersion), build \(build)")]
    }
  }

  /// What the last bits of sums depend on: levels with fused multiply-add give the same.
  package static func arithmetic(_ level: CPULevel) -> Agreement {
    Agreement(
      "arithmetic",
      level.hasFusedMultiplyAdd ? "fused multiply-add" : "none fused (CSG_CPU=\(level.rawValue))")
  }
}

extension ResolvedConfiguration {
  private static let paths: Set<String> = ["data.train", "data.test", "model.weights"]

  /// Every key but those that say where files lie.
  package var agreements: [Agreement] {
    flat.filter { !Self.paths.contains($0.key) }.map { Agreement($0.key, $0.value) }
  }
}

extension Dataset {
  /// The split's content, and each of its classes.
  package func agreements(key: String) -> [Agreement] {
    func of(_ what: String, _ value: String) -> Agreement {
      Agreement("\(what) of \(key)", value, exitCode: .data)
    }
    return manifest.classes.enumerated().map { of("class \($0.offset)", "'\($0.element)'") } + [
      of("the fingerprint", manifest.fingerprint),
      of("mean and std", "\(manifest.mean), \(manifest.std)"),
      of("the shards", "\(manifest.shards.map(\.count))"),
    ]
  }
}

extension Checkpoint {
  /// The checkpoint that was read, wherever it lay: its state, and what it says is done to pictures.
  package func agreement(_ name: String) -> Agreement {
    let way = preprocessing.flatMap { try? $0.text } ?? "nothing"
    return Agreement(name, "step \(step), state \(stateDigest), pictures \(way)", exitCode: .data)
  }
}
