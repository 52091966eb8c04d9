import CHDF5
import Core
import Foundation

/// The file of a call, and what its failure means: damage while reading (65), else a fault of
/// output (74). What the system says of a disk, of limits or of rights is never called damage.
struct HDF5Place {
  let path: String
  let isReading: Bool

  /// Calls that are about no file.
  static let library = HDF5Place(path: "HDF5", isReading: false)

  /// The error of a call that has just failed on this thread, in the library's words; `damage` says what
  /// a failure to read means, `refused` the code of what may not be made, `systemError` what the call has
  /// left in errno, where it was 0 before.
  func fault(
    _ call: String, damage: String? = nil, refused: ExitCode? = nil, systemError: Int32 = 0
  ) -> CSGError {
    let refused = refused ?? (isReading ? .noInput : .inputOutput)
    let text = Self.libraryText()
    if let fault = useElsewhere(text) { return fault }
    let unsaid = text.contains(Self.sentenceWithoutNumber) ? systemError : 0
    if let number = Self.systemError(in: text) ?? (unsaid == 0 ? nil : unsaid) {
      let verb = "\(isReading ? "read" : "write") (\(call))"
      return FileSystem.fault(verb, path, number, refused: refused)
    }
    let sentence = text.isEmpty ? "" : ": \(text)"
    return isReading
      ? CSGError.data(path, (damage ?? "is damaged: \(call) failed") + sentence)
      : CSGError(refused, "\(path): \(call) failed\(sentence)", remedy: "check the disk")
  }

  /// What the library will not open for what another program does with it, or did: no damage.
  private func useElsewhere(_ text: String) -> CSGError? {
    if text.contains("file consistency flags") {
      return CSGError(
        isReading ? .noInput : .inputOutput,
        "\(path): is marked as open for writing: another program has it open, or ended without "
          + "closing it", remedy: "close it there, or, where none has it, run h5clear -s \(path)")
    }
    guard text.contains("unable to lock file") else { return nil }
    let isHeld = [EAGAIN, EACCES].contains(Self.systemError(in: text) ?? 0)
    return CSGError(
      isReading ? .noInput : .inputOutput,
      "\(path): \(isHeld ? "is locked: another program has it open" : "cannot be locked")",
      remedy: (isHeld ? "close it there, or " : "") + "set HDF5_USE_FILE_LOCKING=FALSE")
  }

  /// What the library says where the system would not tell what a file is; the number it keeps to itself.
  private static let sentenceWithoutNumber = "can't retrieve stat info"

  private static func libraryText() -> String {
    var buffer = [CChar](repeating: 0, count: 1024)
    chdf5_error_text(&buffer)
    let bytes = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The system's error number in a sentence such as "file write failed: time = …, errno = 28, …".
  private static func systemError(in text: String) -> Int32? {
    guard let place = text.range(of: "errno = ") else { return nil }
    let number = Int32(text[place.upperBound...].prefix { $0.isNumber })
    return number == 0 ? nil : number
  }
}

/// A handle of the library, closed when its owner goes. What was written through is closed by
/// `close`, whose code speaks for what the library still held back.
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
    if code < 0 { throw place.fault(call) }
  }
}
