/// A sample of a node in one word: rank of its value, class, weight (how often the bootstrap drew it),
/// from the highest bits. What is below the rank is its load.
enum SampleKey {
  private static let classShift = UInt64(ForestTable.countBits)
  private static let classMask = UInt64(1) << UInt64(ForestTable.classBits) - 1
  private static let weightMask = UInt64(1) << UInt64(ForestTable.countBits) - 1

  /// Where the rank begins.
  static let rankShift = ForestTable.countBits + ForestTable.classBits

  static func load(class label: Int32, weight: Int) -> UInt64 {
    UInt64(label) << classShift | UInt64(weight)
  }

  @inline(__always)
  static func label(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key >> classShift & classMask) }

  @inline(__always)
  static func weight(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key & weightMask) }

  @inline(__always)
  static func rank(_ key: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: key >> UInt64(rankShift))
  }
}
