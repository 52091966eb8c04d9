import Core

/// `runs/NAME/`: configuration, records and checkpoints of one run, as whoever reads it finds them.
public struct RunDirectory: Sendable {
  /// Where it lies.
  public let path: String

  /// The directory at `path`.
  public init(_ path: String) { self.path = path }

  /// `config.yaml`: the resolved configuration.
  public var configuration: String { "\(path)/config.yaml" }
  /// `metrics.jsonl`: one record a line.
  public var metrics: String { "\(path)/metrics.jsonl" }
  /// `checkpoints/`.
  public var checkpoints: String { "\(path)/checkpoints" }
  /// The link to the newest checkpoint, and to the one of highest test accuracy.
  public var latest: String { "\(checkpoints)/latest" }
  package var best: String { "\(checkpoints)/best" }

  /// Whether there is one already.
  public var exists: Bool { get throws { try FileSystem.exists(path) } }
}
