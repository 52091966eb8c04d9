import Core

/// Filters chosen at random, against which those of a class are held.
enum RandomFilters {
  /// Draws whose mean a control is.
  static let draws = 20

  /// `count` of all filters, ascending: the first of the order that Philox gives them in a draw.
  static func choose(_ count: Int, of filters: Int, draw: Int, seed: UInt64) -> [Int] {
    AddressedRandom(seed: seed, purpose: .control, stream: draw).permutation(filters)
      .prefix(count).map { Int($0) }.sorted()
  }
}
