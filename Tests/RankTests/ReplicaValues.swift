import Communicator
import Core
import TestSupport

/// What the replicas of one step bring, of sizes that make every order of additions differ, and
/// their sum by the tree's definition.
struct ReplicaValues {
  /// [replica][float], of all ranks.
  let all: [[Float]]

  /// Collective: each rank draws the values of its own replicas, and gathers the others'.
  init(_ communicator: Communicator, replicas: Int, count: Int, step: Int) throws {
    let owned = ReductionTree.owned(
      by: communicator.rank, replicas: replicas, ranks: communicator.size)
    let mine = owned.flatMap { replica in
      var random = RandomValues(seed: UInt64(replica * 1000 + step))
      return (0..<count).map { Float(random.unit()) * ($0 % 3 == 0 ? 1e6 : 1) }
    }
    let values = try communicator.gather(mine).flatMap { $0 }
    all = (0..<replicas).map { Array(values[$0 * count..<($0 + 1) * count]) }
  }

  /// T(lo, hi) of the values, the definition written out.
  func sum(_ range: Range<Int>) -> [Float] {
    if range.count == 1 { return all[range.lowerBound] }
    var power = 1
    while 2 * power < range.count { power *= 2 }
    let middle = range.lowerBound + power
    return zip(sum(range.lowerBound..<middle), sum(middle..<range.upperBound)).map { $0 + $1 }
  }

  /// The same where the first `count` floats of every node, leaves too, are rounded to bfloat16.
  func sum(_ range: Range<Int>, rounding count: Int) -> [Float] {
    let sum: [Float]
    if range.count == 1 {
      sum = all[range.lowerBound]
    } else {
      let middle = ReductionTree.middle(of: range)
      sum = zip(
        self.sum(range.lowerBound..<middle, rounding: count),
        self.sum(middle..<range.upperBound, rounding: count)
      ).map { $0 + $1 }
    }
    return sum[..<count].map(Self.rounded) + sum[count...]
  }

  /// The nearer of the two values of 16 bits around a finite one: both differences are exact.
  private static func rounded(_ value: Float) -> Float {
    let bits = value.bitPattern & 0xFFFF_0000
    let (inner, outer) = (Float(bitPattern: bits), Float(bitPattern: bits + 0x1_0000))
    let (down, up) = ((value - inner).magnitude, (outer - value).magnitude)
    if down == up { return bits & 0x1_0000 == 0 ? inner : outer }
    return down < up ? inner : outer
  }

  /// The sum over all replicas.
  var sum: [Float] { sum(0..<all.count) }
}
