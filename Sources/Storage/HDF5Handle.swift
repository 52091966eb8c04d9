import CHDF5
import Core

/// A handle of the library, closed when its owner goes.
final class HDF5Handle {
  let id: hid_t
  private let closer: (hid_t) -> herr_t
  private var isOpen = true

  /// Owns a handle that a call returned.
  /// - Throws: `CSGError` 74 that names call and file where the handle says failure.
  init(_ id: hid_t, _ closer: @escaping (hid_t) -> herr_t, _ call: String, _ path: String) throws {
    try Self.check(id, call, path)
    self.id = id
    self.closer = closer
  }

  /// Owns a handle that was checked before.
  init(owning id: hid_t, _ closer: @escaping (hid_t) -> herr_t) {
    self.id = id
    self.closer = closer
  }

  func close(_ call: String, _ path: String) throws {
    guard isOpen else { return }
    isOpen = false
    try Self.check(closer(id), call, path)
  }

  deinit { if isOpen { _ = closer(id) } }

  /// The one checker of HDF5's codes: below zero is failure.
  static func check<Code: SignedInteger>(_ code: Code, _ call: String, _ path: String) throws {
    if code < 0 {
      throw CSGError(.inputOutput, "\(path): \(call) failed", remedy: "check disk and file")
    }
  }
}
