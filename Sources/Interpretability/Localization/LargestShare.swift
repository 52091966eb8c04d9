import Communicator

/// The value above which a share of values lies, by exact selection.
///
/// Of n values it is the ⌈share·n⌉-th largest: at least so many are as large.
package struct LargestShare: Sendable {
  /// From 0 to 1.
  package let share: Double

  /// The part of a filter's activations, or of a class's map, that makes a region unless another is asked
  /// for (Appendix G).
  package static let ofActivations = LargestShare(0.3)

  /// A share of the values.
  package init(_ share: Double) { self.share = share }

  /// Which of n values, sorted descending and counted from 0, it is.
  private func place(of count: Int) -> Int {
    max(0, min(count, Int((share * Double(count)).rounded(.up))) - 1)
  }

  /// Of some values.
  package func callAsFunction(_ values: [Float]) -> Float {
    precondition(!values.isEmpty, "no values")
    var rank = place(of: values.count)
    var prefix = Prefix()
    while !prefix.isWhole {
      var counts = [Int](repeating: 0, count: Prefix.digits)
      for value in values { prefix.count(Key(value), into: &counts, at: 0) }
      prefix.take(counts[...], rank: &rank)
    }
    return Key.value(prefix.key)
  }

  /// Of each row's values over all ranks: every rank has some of each row's. Digit by digit, so that no
  /// rank holds all; collective. `count` is how many there are of a row on all ranks.
  /// `forEachValue` calls its argument with this rank's values of a row.
  package func ofRows(
    _ rows: Int, count: Int, communicator: Communicator,
    forEachValue: (_ row: Int, _ body: (Float) -> Void) -> Void
  ) throws -> [Float] {
    var ranks = Array(repeating: place(of: count), count: rows)
    var prefixes = Array(repeating: Prefix(), count: rows)
    for _ in 0..<Prefix.rounds {
      var counts = [Int](repeating: 0, count: rows * Prefix.digits)
      for row in 0..<rows {
        let prefix = prefixes[row]
        forEachValue(row) { prefix.count(Key($0), into: &counts, at: row * Prefix.digits) }
      }
      let all = try communicator.gather(counts)
      for row in 0..<rows {
        let digits = (0..<Prefix.digits).map { digit in
          all.reduce(0) { $0 + $1[row * Prefix.digits + digit] }
        }
        prefixes[row].take(digits[...], rank: &ranks[row])
      }
    }
    return prefixes.map { Key.value($0.key) }
  }
}

/// A float as an integer that orders alike; −0 is 0.
private struct Key {
  let bits: UInt32

  init(_ value: Float) {
    let bits = (value + 0).bitPattern
    self.bits = bits >> 31 == 0 ? bits | 1 << 31 : ~bits
  }

  static func value(_ key: UInt32) -> Float {
    Float(bitPattern: key >> 31 == 1 ? key & ~(1 << 31) : ~key)
  }
}

/// The leading digits of the key that is looked for.
private struct Prefix {
  static let digits = 256, rounds = 4
  private(set) var key: UInt32 = 0
  private var known = 0

  var isWhole: Bool { known == Self.rounds }

  /// Counts a key that begins like this by its next digit.
  func count(_ key: Key, into counts: inout [Int], at start: Int) {
    let shift = UInt32(8 * (Self.rounds - 1 - known))
    guard known == 0 || key.bits >> (shift + 8) == self.key >> (shift + 8) else { return }
    counts[start + Int(key.bits >> shift & 255)] += 1
  }

  /// Goes on with the digit of the key that `rank` larger ones precede.
  mutating func take(_ counts: ArraySlice<Int>, rank: inout Int) {
    let shift = UInt32(8 * (Self.rounds - 1 - known))
    for digit in (0..<Self.digits).reversed() {
      let count = counts[counts.startIndex + digit]
      if rank < count {
        key |= UInt32(digit) << shift
        break
      }
      rank -= count
    }
    known += 1
  }
}
