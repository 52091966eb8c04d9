import CProcess

/// The hardware threads that a thread may run on, by the system's numbers.
package enum Affinity {
  /// Those of the calling thread, in order: of a rank's own thread those that its launcher chose. None where the
  /// system does not say.
  package static var own: [Int] {
    let count = max(0, Int(cprocess_affinity(nil, 0)))
    var numbers = [Int32](repeating: 0, count: count)
    let found = max(0, Int(cprocess_affinity(&numbers, Int32(count))))
    return numbers.prefix(found).map(Int.init)
  }

  /// Keeps the calling thread to some; false where the system refuses, or has none of them.
  package static func bind(to numbers: [Int]) -> Bool {
    let numbers = numbers.map { Int32(clamping: $0) }
    return cprocess_bind(numbers, Int32(numbers.count)) == 0
  }
}
