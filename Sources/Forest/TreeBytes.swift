/// Trees as bytes, on their way between ranks of one program.
///
/// Words of 64 bits, little-endian. Of each tree: C, the number of nodes, of each node the feature over
/// the next (32 bits each) and the threshold, then the counts at the leaves.
enum TreeBytes {
  static func write(_ trees: [DecisionTree]) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ word: UInt64) {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    for tree in trees {
      append(UInt64(tree.classes))
      append(UInt64(tree.nodes.count))
      for node in tree.nodes {
        append(UInt64(UInt32(bitPattern: node.feature)) << 32 | UInt64(node.next))
        append(node.threshold.bitPattern)
      }
      for count in tree.counts { append(UInt64(count)) }
    }
    return bytes
  }

  /// What `write(_:)` wrote.
  static func read(_ bytes: [UInt8]) -> [DecisionTree] {
    var place = 0
    func next() -> UInt64 {
      defer { place += 8 }
      return bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var trees: [DecisionTree] = []
    while place < bytes.count {
      let classes = Int(next())
      let nodes = (0..<Int(next())).map { _ in
        let word = next()
        return DecisionTree.Node(
          feature: Int32(truncatingIfNeeded: word >> 32), next: Int32(truncatingIfNeeded: word),
          threshold: Double(bitPattern: next()))
      }
      let leaves = nodes.count { $0.isLeaf }
      let counts = (0..<leaves * classes).map { _ in Int32(truncatingIfNeeded: next()) }
      trees.append(DecisionTree(classes: classes, nodes: nodes, counts: counts))
    }
    return trees
  }
}
