/// Sorts words by some of their bits, and keeps the room for it.
///
/// Few words by insertion; many by counting digits of equal width, from the lowest.
struct RadixSort {
  private var other: [UInt64]
  private var starts: [Int]

  /// Bits of a digit at most.
  private static let widest = 8
  /// So many words are few.
  private static let few = 48

  /// For up to `capacity` words.
  init(capacity: Int) {
    other = Array(repeating: 0, count: capacity)
    starts = Array(repeating: 0, count: 1 << Self.widest)
  }

  /// Sorts the first `count` of `words` in ascending order of `bits`; bits above these are equal in
  /// all. Equals come in any order. What `words` holds beyond is undefined.
  mutating func sort(_ words: inout [UInt64], count: Int, bits: Range<Int>) {
    precondition(words.count == other.count, "words and their room change places")
    if count <= Self.few { return Self.insert(&words, count: count) }
    let passes = (bits.count + Self.widest - 1) / Self.widest
    let width = passes == 0 ? 0 : (bits.count + passes - 1) / passes
    for pass in 0..<passes {
      Self.place(
        words, count: count, digit: width, above: bits.lowerBound + pass * width, into: &other,
        starts: &starts)
      swap(&words, &other)
    }
  }

  private static func insert(_ words: inout [UInt64], count: Int) {
    var words = words.mutableSpan
    for i in 1..<max(count, 1) {
      let word = words[i]
      var place = i
      while place > 0 && words[place - 1] > word {
        words[place] = words[place - 1]
        place -= 1
      }
      words[place] = word
    }
  }

  /// Overwrites `to` by the words in the order of the `width` bits from `shift`, equals as they came;
  /// `starts` is room for a number a digit.
  private static func place(
    _ words: [UInt64], count: Int, digit width: Int, above shift: Int, into to: inout [UInt64],
    starts: inout [Int]
  ) {
    let words = words.span
    var to = to.mutableSpan
    var starts = starts.mutableSpan
    let mask = UInt64(1) << UInt64(width) - 1
    for d in 0...Int(mask) { starts[d] = 0 }
    for i in 0..<count { starts[Int(words[i] &>> UInt64(shift) & mask)] &+= 1 }
    var next = 0
    for d in 0...Int(mask) {
      let many = starts[d]
      starts[d] = next
      next &+= many
    }
    for i in 0..<count {
      let word = words[i]
      let d = Int(word &>> UInt64(shift) & mask)
      to[starts[d]] = word
      starts[d] &+= 1
    }
  }
}
