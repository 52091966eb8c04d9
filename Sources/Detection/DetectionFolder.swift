import Attacks

/// Where the parts of a detection lie in its folder. What is made once is found again by a command that
/// goes on.
package struct DetectionFolder: Sendable {
  /// `OUTPUT`.
  package let path: String

  /// The folder at `path`.
  package init(path: String) { self.path = path }

  func attack(_ subject: AttackSubject, _ method: AttackMethod, _ side: DetectionDraw.Side)
    -> String
  {
    "\(path)/attacks/\(subject.rawValue)-\(method.rawValue)-\(side.rawValue).h5"
  }

  /// Features of samples as they are.
  func normal(_ subject: AttackSubject, _ side: DetectionDraw.Side) -> String {
    "\(path)/features/\(subject.rawValue)-normal-\(side.rawValue).h5"
  }

  /// Features of attacked samples.
  func attacked(_ subject: AttackSubject, _ method: AttackMethod, _ side: DetectionDraw.Side)
    -> String
  {
    "\(path)/features/\(subject.rawValue)-\(method.rawValue)-\(side.rawValue).h5"
  }

  /// Features of test samples with random signs as large as the attack's changes.
  func noise(_ subject: AttackSubject, _ method: AttackMethod) -> String {
    "\(path)/features/\(subject.rawValue)-\(method.rawValue)-noise-test.h5"
  }

  func forest(_ subject: AttackSubject, _ method: AttackMethod, size: Int, repetition: Int)
    -> String
  {
    "\(path)/forests/\(subject.rawValue)-\(method.rawValue)-\(size)-\(repetition).json"
  }
}
