import Core

/// `runs/NAME/`: configuration, records and checkpoints of one run, as whoever reads it finds them.
package struct RunDirectory: Sendable {
  /// Where it lies.
  package let path: String

  /// The directory at `path`.
  package init(_ path: String) { self.path = path }

  /// `config.yaml`: the resolved configuration.
  package var configuration: String { "\(path)/config.yaml" }
  /// `metrics.jsonl`: one record a line.
  package var metrics: String { "\(path)/metrics.jsonl" }
  /// `checkpoints/`.
  package var checkpoints: String { "\(path)/checkpoints" }
  /// The links to the newest checkpoint, and to the one of highest test accuracy; where the file system has no
  /// links, text files that name them.
  package var latest: String { "\(checkpoints)/latest" }
  package var best: String { "\(checkpoints)/best" }

  /// Whether there is one already.
  package var exists: Bool { get throws { try FileSystem.exists(path) } }
}
