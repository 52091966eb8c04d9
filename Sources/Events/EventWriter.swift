import Core
import Foundation

/// Writes an event file that TensorBoard shows while it grows.
///
/// Each event goes out in one write: a process that is killed leaves at most one record half-written,
/// at which readers stop. The time of an event is the clock's; it has no part in a run's result.
package final class EventWriter {
  private static let version = "brain.Event:2"
  private let file: FileHandle
  private let path: String

  /// A new file in `folder`, whose first events say that a process starts after `step`: TensorBoard
  /// then forgets what older files have of later steps.
  /// - Throws: `CSGError` 73 or 74.
  package init(in folder: String, afterStep step: Int) throws {
    let name = EventFile.newName(
      besides: try EventFile.names(in: folder), seconds: Int(Date().timeIntervalSince1970),
      host: Self.host())
    path = "\(folder)/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CSGError(
        .cannotCreate, "\(path): cannot be written: \(String(cString: strerror(errno)))",
        remedy: "check the folder's rights and the disk, or set log.tensorboard to false")
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try write(.version(Self.version), step: 0)
    try write(.start, step: step + 1)
  }

  /// Appends the values of a step.
  /// - Throws: `CSGError` 74.
  package func write(_ values: [EventValue], step: Int) throws {
    try write(.values(values), step: step)
  }

  private func write(_ content: Event.Content, step: Int) throws {
    let event = Event(
      wallTime: Date().timeIntervalSince1970, step: step, content: content)
    let record = RecordFraming.frame(try event.data)
    do {
      try file.write(contentsOf: record)
    } catch {
      throw CSGError(.inputOutput, "\(path): cannot be written", remedy: "check the disk")
    }
  }

  /// This machine's name, for the file's.
  private static func host() -> String {
    let text = HostName.current ?? ""
    return text.isEmpty ? "host" : text.replacing("/", with: "-")
  }
}
