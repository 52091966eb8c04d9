import Core

/// Files that are open, by number, at most so many: the one that was asked for longest ago makes room. Who
/// still reads it keeps it open until he is done.
package final class OpenFiles<File: Sendable>: Sendable {
  /// How many stay open.
  private let limit: Int
  private let state = Locked(State())

  private struct State {
    var files: [Int: (file: File, asked: Int)] = [:]
    /// Calls so far.
    var calls = 0
  }

  /// None yet.
  package init(limit: Int) {
    precondition(limit > 0, "at least one file is open")
    self.limit = limit
  }

  /// A file that is open, or that `open` opens now.
  /// - Throws: What `open` throws; nothing is kept then.
  package func file(_ number: Int, open: () throws -> File) throws -> File {
    try state.withLock { state in
      state.calls += 1
      if let known = state.files[number] {
        state.files[number]?.asked = state.calls
        return known.file
      }
      if state.files.count >= limit,
        let oldest = state.files.min(by: { $0.value.asked < $1.value.asked })
      {
        state.files[oldest.key] = nil
      }
      let file = try open()
      state.files[number] = (file, state.calls)
      return file
    }
  }
}
