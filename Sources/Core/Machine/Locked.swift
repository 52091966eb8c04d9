import Foundation

/// A value that threads reach one at a time.
///
/// Its lock is POSIX's and not `Synchronization.Mutex`: that one makes bare system calls, of which no checker of
/// threads knows, so that every value behind it looks like a race.
package final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  /// What `body` makes of the value, which no other thread reaches meanwhile.
  /// - Throws: What `body` throws.
  package func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
