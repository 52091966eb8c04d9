import Core
import Foundation

/// Folders that are still there, for the end of the process: a static one sees no `deinit`.
private let remaining = Locked<Set<String>>([])

private let removesRemaining: Void = {
  let code = atexit {
    for path in remaining.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
  }
  precondition(code == 0, "atexit is full")
}()

/// A folder of a test's own, removed with it, or when the process ends.
public final class TemporaryFolder: Sendable {
  /// Where it lies.
  public let path: String

  /// A new, empty folder.
  public init() throws {
    path = NSTemporaryDirectory() + "csg-dist-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    _ = removesRemaining
    _ = remaining.withLock { $0.insert(path) }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    _ = remaining.withLock { $0.remove(path) }
  }

  /// A path within.
  public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file within and returns its path.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = self(name)
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// Writes a text within and returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Names of everything within, at any depth, sorted.
  public func listing() -> [String] {
    (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
  }
}
