import CProcess
import Foundation

/// The one place that starts threads. Foundation's does not say when the system has refused one, and who
/// waits for its work then waits for ever.
package enum BackgroundThread {
  /// Runs `body` on a new thread, which shows as `name` (the first 15 bytes) in `top -H`.
  /// - Throws: `CSGError` 1 where the system grants no thread.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
    let work = Unmanaged.passRetained(Work(name: name, body: body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
        cprocess_name_thread(work.name)
        work.body()
        return nil
      }, work.toOpaque())
    guard code == 0 else {
      work.release()
      throw CSGError(
        .failure, "a thread cannot be started: \(String(cString: strerror(code))) (\(name))",
        remedy: "raise the limit of processes (ulimit -u, the cgroup's pids.max) or of memory "
          + "(ulimit -v), or ask for fewer threads")
    }
    pthread_detach(thread)
  }

  private final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}
