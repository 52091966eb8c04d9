/// What an attack came to on a net, and on its pair with a detector.
package struct AdaptiveTally: Sendable {
  /// Samples, and of these those whose attacked picture fools the net alone, is then caught, fools the
  /// pair, and those that raise an alarm as they are.
  package private(set) var samples = 0, fooled = 0, caught = 0, passed = 0, falseAlarms = 0

  /// Of no sample.
  package init() {}

  /// Adds what became of a sample: 0 or 1 each.
  package mutating func add(fooled: UInt8, caught: UInt8, passed: UInt8, falseAlarm: UInt8) {
    samples += 1
    self.fooled += Int(fooled)
    self.caught += Int(caught)
    self.passed += Int(passed)
    falseAlarms += Int(falseAlarm)
  }
}
