import Communicator

/// How samples are shared among ranks: blocks of 64 in index order, of which block b is rank b mod P's.
/// What is added block by block, and the blocks' sums in order, does not depend on P.
package struct SampleBlocks {
  /// Samples of a block.
  package static let size = 64

  /// Samples in all.
  let count: Int
  private let communicator: Communicator

  /// The blocks of so many samples.
  init(count: Int, communicator: Communicator) {
    self.count = count
    self.communicator = communicator
  }

  /// Blocks; the last may be short.
  var number: Int { (count + Self.size - 1) / Self.size }

  /// The most blocks that a rank has.
  var rounds: Int { (number + communicator.size - 1) / communicator.size }

  /// The samples of each of this rank's blocks.
  var mine: [Range<Int>] {
    stride(from: communicator.rank, to: number, by: communicator.size).map {
      $0 * Self.size..<min(($0 + 1) * Self.size, count)
    }
  }

  /// Every sample's values in index order on every rank, from what each rank has for its blocks:
  /// `width` values a sample. Collective.
  func gather<Value: BitwiseCopyable>(_ mine: [Value], width: Int = 1) throws -> [Value] {
    let all = try communicator.gather(mine)
    let size = Self.size * width
    return (0..<number).flatMap { block in
      let (turn, rank) = block.quotientAndRemainder(dividingBy: communicator.size)
      return all[rank][turn * size..<min((turn + 1) * size, all[rank].count)]
    }
  }
}
