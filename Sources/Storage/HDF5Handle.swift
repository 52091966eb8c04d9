import CHDF5
import Core

/// The file of a call, and what its failure means: damage while reading (65), else a fault of
/// output (74).
struct HDF5Place {
  let path: String
  let isReading: Bool

  /// Calls that are about no file.
  static let library = HDF5Place(path: "HDF5", isReading: false)
}

/// A handle of the library, closed when its owner goes.
final class HDF5Handle {
  let id: hid_t
  private let closer: (hid_t) -> herr_t
  private var isOpen = true

  /// Owns a handle that a call returned.
  /// - Throws: `CSGError` that names call and file where the handle says failure.
  init(_ id: hid_t, _ closer: @escaping (hid_t) -> herr_t, _ call: String, _ place: HDF5Place)
    throws
  {
    try Self.check(id, call, place)
    self.id = id
    self.closer = closer
  }

  /// Owns a handle that was checked before.
  init(owning id: hid_t, _ closer: @escaping (hid_t) -> herr_t) {
    self.id = id
    self.closer = closer
  }

  func close(_ call: String, _ place: HDF5Place) throws {
    guard isOpen else { return }
    isOpen = false
    try Self.check(closer(id), call, place)
  }

  deinit { if isOpen { _ = closer(id) } }

  /// The one checker of HDF5's codes: below zero is failure.
  static func check<Code: SignedInteger>(_ code: Code, _ call: String, _ place: HDF5Place) throws {
    if code < 0 {
      throw place.isReading
        ? CSGError.data(place.path, "is damaged: \(call) failed")
        : CSGError(.inputOutput, "\(place.path): \(call) failed", remedy: "check the disk")
    }
  }
}
