import Core

/// The samples that a tree is grown from: N draws of N with replacement.
package enum Bootstrap {
  /// How often each sample was drawn for a tree [N]; N in all. Draws 2i and 2i + 1 are the halves of
  /// element i of the tree's stream.
  package static func counts(seed: UInt64, tree: Int, samples: Int) -> [Int] {
    let random = AddressedRandom(seed: seed, purpose: .forest, stream: tree)
    var counts = [Int](repeating: 0, count: samples)
    for draw in stride(from: 0, to: samples, by: 2) {
      let words = random.words(draw / 2)
      counts[AddressedRandom.below(samples, words[0], words[1])] += 1
      if draw + 1 < samples { counts[AddressedRandom.below(samples, words[2], words[3])] += 1 }
    }
    return counts
  }
}
