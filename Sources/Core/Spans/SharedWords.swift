import CProcess
import Foundation

/// Words of 64 bits that one thread writes, and that other threads, and other processes of the same user, read.
///
/// A word is whole whenever it is read, and who reads it sees all that its writer had written before.
package final class SharedWords: @unchecked Sendable {
  /// Words.
  package let count: Int
  /// What other processes find them by; nil where there is no sharing.
  package let descriptor: Int32?
  private let words: UnsafePointer<UInt64>
  /// The same of this process's own.
  private let own: UnsafeMutablePointer<UInt64>?

  /// Zeros of this process's own, which others find where it is shared: that takes a descriptor. Pages are handed
  /// out when they are first written.
  package init(_ count: Int, isShared: Bool = true) {
    var descriptor: Int32 = -1
    guard let words = cprocess_share_words(count, isShared ? 1 : 0, &descriptor) else {
      let line = "csg-dist: error: \(8 * count) bytes of memory cannot be had; raise ulimit -v\n"
      FileHandle.standardError.write(Data(line.utf8))
      _exit(ExitCode.failure.rawValue)
    }
    self.count = count
    self.descriptor = descriptor < 0 ? nil : descriptor
    own = words
    self.words = UnsafePointer(words)
  }

  /// Those of another process of this host, to be read; nil where they are not to be had.
  package init?(of process: Int32, descriptor: Int32, count: Int) {
    guard let words = cprocess_shared_words(process, descriptor, count, 0) else { return nil }
    self.count = count
    self.descriptor = nil
    self.words = UnsafePointer(words)
    own = nil
  }

  deinit { cprocess_leave_words(words, count, descriptor ?? -1) }

  /// A word.
  package subscript(place: Int) -> UInt64 {
    get {
      precondition(place >= 0 && place < count, "there is no word \(place)")
      return cprocess_load(words + place)
    }
    set {
      guard let own, place >= 0, place < count else {
        preconditionFailure("there is no word \(place) to be written")
      }
      cprocess_store(own + place, newValue)
    }
  }
}

/// The clock by which spans are told: all processes of a host share it, and nobody sets it.
package enum SpanClock {
  /// Nanoseconds since some moment in the past.
  package static var now: UInt64 { cprocess_nanoseconds() }
}
