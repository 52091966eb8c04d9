import Core
import Foundation

/// A terminal of so many columns: what a program writes to it is recorded.
public final class Terminal: Sendable {
  /// The program's end.
  public let end: FileHandle
  private let ours: Int32
  private let bytes = Locked<[UInt8]>([])
  private let isRead = DispatchSemaphore(value: 0)

  // TIOCSPTLCK and TIOCGPTN of Linux (ioctl_tty(2)), macros that Swift does not read.
  private static let unlock: UInt = 0x4004_5431, getNumber: UInt = 0x8004_5430

  /// Opens one, of 50 lines.
  public init(columns: Int) throws {
    // Neither is to become this process's own terminal, nor to be held open by other programs.
    let flags = O_RDWR | O_NOCTTY | O_CLOEXEC
    ours = open("/dev/ptmx", flags)
    var (number, isLocked): (Int32, Int32) = (0, 0)
    guard ours >= 0, ioctl(ours, Self.unlock, &isLocked) == 0,
      ioctl(ours, Self.getNumber, &number) == 0
    else { throw POSIXError(.ENXIO) }
    end = FileHandle(
      fileDescriptor: open("/dev/pts/\(number)", flags), closeOnDealloc: true)
    setColumns(columns)
    Thread.detachNewThread { [self] in
      var part = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = read(ours, &part, part.count)
        guard count > 0 else { break }  // EIO: nobody has the other end open
        bytes.withLock { $0 += part[..<count] }
      }
      isRead.signal()
    }
  }

  /// Makes it wider or narrower.
  public func setColumns(_ columns: Int) {
    var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(ours, UInt(TIOCSWINSZ), &size)
  }

  /// Types Ctrl-C.
  public func interrupt() {
    var key: UInt8 = 3
    _ = write(ours, &key, 1)
  }

  /// All that was written to it; its programs have ended.
  public func recording() -> String {
    try? end.close()
    isRead.wait()
    close(ours)
    return String(decoding: bytes.withLock { $0 }, as: UTF8.self)
  }
}
