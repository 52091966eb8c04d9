import Core

/// Event files of a folder, as TensorBoard finds and orders them.
package enum EventFile {
  private static let prefix = "events.out.tfevents."

  /// Whether a name is an event file's.
  package static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// Names of the event files in `folder`, oldest first: the order in which TensorBoard reads them.
  package static func names(in folder: String) throws -> [String] {
    try FileSystem.texts(in: folder).filter(isName).sorted()
  }

  /// A new file's name: of the time in whole seconds, but later than those of `names`, even where the
  /// clock was set back. Names are in the order of their letters: a foreign number that no name of ten
  /// digits can follow is no time.
  package static func newName(besides names: [String], seconds: Int, host: String) -> String {
    let next = names.compactMap { name -> Int? in
      let digits = name.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber }
      guard let time = Int(digits), digits.count == 10, time < 9_999_999_999 else { return nil }
      return time + 1
    }
    let time = String(max(seconds, next.max() ?? 0))
    let zeros = String(repeating: "0", count: max(0, 10 - time.count))
    return "\(prefix)\(zeros)\(time).\(host)"
  }

  /// The events of a file's bytes, up to the first that is cut or damaged.
  package static func events(in file: [UInt8]) -> [Event] {
    var events: [Event] = []
    for (_, data) in RecordFraming.records(in: file) {
      guard let event = try? Event(data: Array(file[data])) else { break }
      events.append(event)
    }
    return events
  }

  /// A file's bytes without some events and without a half-written end; nil where no value is left.
  package static func cut(_ file: [UInt8], leavingOut isLeftOut: (Event) -> Bool) -> [UInt8]? {
    var kept: [UInt8] = []
    var hasValue = false
    for (record, data) in RecordFraming.records(in: file) {
      guard let event = try? Event(data: Array(file[data])) else { break }
      if isLeftOut(event) { continue }
      kept += file[record]
      if case .values = event.content { hasValue = true }
    }
    return hasValue ? kept : nil
  }
}
