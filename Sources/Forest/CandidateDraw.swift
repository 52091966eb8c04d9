import Core

/// The features that the nodes of a tree try, in the order in which they are drawn, without
/// replacement.
///
/// A node's are the first of a Fisher–Yates shuffle of 0..<F: place i takes what lies
/// `below(F − i)` places behind it. Draw i of node v is element v·F + i of the tree's stream, attempt
/// 1 (attempt 0 is the bootstrap's): a node's draws depend on its number alone.
struct CandidateDraw {
  private let random: AddressedRandom
  private var order: [Int]
  private var partners: [Int] = []
  private var node = 0

  init(seed: UInt64, tree: Int, features: Int) {
    random = AddressedRandom(seed: seed, purpose: .forest, stream: tree)
    order = Array(0..<features)
    partners.reserveCapacity(features)
  }

  /// Begins with the draws of another node.
  mutating func begin(node: Int) {
    self.node = node
    while let partner = partners.popLast() { order.swapAt(partners.count, partner) }
  }

  /// The next feature of the node; nil when all were drawn.
  mutating func next() -> Int? {
    let i = partners.count
    guard i < order.count else { return nil }
    let words = random.words(node * order.count + i, attempt: 1)
    let partner = i + AddressedRandom.below(order.count - i, words[0], words[1])
    order.swapAt(i, partner)
    partners.append(partner)
    return order[i]
  }
}
