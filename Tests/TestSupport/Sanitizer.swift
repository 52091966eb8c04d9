import Foundation

/// What watches over the tested program (launch/test --sanitize).
public enum Sanitizer {
  /// Whether one keeps a book of all memory: some 100 TB of addresses, and pages as they are used, beyond any limit
  /// that a test sets and any forecast.
  public static let countsMemory =
    ProcessInfo.processInfo.environment["CSG_SANITIZE"].map {
      $0.contains("address") || $0.contains("thread")
    } ?? false

  /// Whether one keeps a signal back until the thread comes to a call that it knows: one that sleeps in another hears of
  /// none.
  public static let defersSignals =
    ProcessInfo.processInfo.environment["CSG_SANITIZE"]?.contains("thread") ?? false
}
