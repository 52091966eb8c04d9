import CProcess
import Foundation
import Synchronization

/// Memory that some processes of one user on one host have in common, zero at first: all read and write it. Who
/// writes what, and when, is theirs to agree on.
package final class SharedRoom {
  /// Where it begins, at a page boundary. The first 8 words are the room's own.
  package let pointer: UnsafeMutableRawPointer
  /// What another process finds it by: a process, its descriptor, and a mark that tells it from others.
  package let address: [Int]
  private let count: Int
  private let descriptor: Int32
  private let share: Int

  /// Bytes at the front that are the room's own.
  package static let frontBytes = 64

  /// A new one of `bytes`, which so many processes will have; nil where there is no memory for it.
  /// Pages are handed out when they are first written.
  package init?(bytes: Int, processes: Int) {
    let count = Self.words(bytes)
    var descriptor: Int32 = -1
    guard let words = cprocess_share_words(count, 1, &descriptor) else { return nil }
    guard descriptor >= 0 else {
      cprocess_leave_words(words, count, -1)
      return nil
    }
    let mark = UInt64.random(in: 1 ... .max)
    cprocess_store(words, mark)
    pointer = UnsafeMutableRawPointer(words)
    address = [Int(getpid()), Int(descriptor), Int(bitPattern: UInt(mark))]
    (self.count, self.descriptor) = (count, descriptor)
    share = Self.account(bytes, processes)
  }

  /// Another process's, of `bytes`; nil where it is not to be had.
  package init?(of address: [Int], bytes: Int, processes: Int) {
    let count = Self.words(bytes)
    guard address.count == 3, let process = Int32(exactly: address[0]),
      let descriptor = Int32(exactly: address[1]),
      let words = cprocess_shared_words(process, descriptor, count, 1)
    else { return nil }
    guard cprocess_load(words) == UInt64(UInt(bitPattern: address[2])) else {
      cprocess_leave_words(words, count, -1)
      return nil
    }
    pointer = UnsafeMutableRawPointer(words)
    self.address = address
    (self.count, self.descriptor) = (count, -1)
    share = Self.account(bytes, processes)
  }

  deinit {
    bufferBytes.subtract(share, ordering: .relaxed)
    cprocess_leave_words(pointer.assumingMemoryBound(to: UInt64.self), count, descriptor)
  }

  private static func words(_ bytes: Int) -> Int { (max(bytes, frontBytes) + 7) / 8 }

  /// A process's share of the memory, as its buffers are counted.
  private static func account(_ bytes: Int, _ processes: Int) -> Int {
    let share = bytes / max(1, processes)
    bufferBytes.add(share, ordering: .relaxed)
    return share
  }
}
