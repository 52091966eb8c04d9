import Core
import Foundation
import TestSupport
import Testing

@Suite struct LockedFileTests {
  /// A copy of the descriptor, as a process that is just being started has one, keeps no lock.
  @Test func aCopyOfTheDescriptorKeepsNoLock() throws {
    let folder = try TemporaryFolder()
    let path = folder("lock")
    func locked() throws -> Int32 {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      try #require(descriptor >= 0)
      return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? descriptor : -1
    }
    let first = try locked()
    let copy = dup(first)
    defer { close(copy) }
    try #require(first >= 0 && copy >= 0)
    #expect(try locked() == -1, "it is locked")
    FileSystem.closeLocked(first)
    let second = try locked()
    #expect(second >= 0)
    FileSystem.closeLocked(second)
  }
}
