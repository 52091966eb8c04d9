/// A classification tree: at each node a feature is compared with a threshold, at each leaf stand the
/// classes of the training samples that came there.
///
/// Breiman, Friedman, Olshen, Stone, "Classification and Regression Trees", 1984.
package struct DecisionTree: Sendable, Equatable {
  /// A node. Nodes are numbered in preorder: a node, all that is left of it, all that is right of it.
  package struct Node: Sendable, Equatable, BitwiseCopyable {
    /// The feature that is compared; −1 at a leaf.
    package let feature: Int32
    /// The number of the right child (the left one's follows the node's own); at a leaf, how many
    /// leaves come before it.
    package internal(set) var next: Int32
    /// What a sample goes left with if its feature is not above it; 0 at a leaf.
    package let threshold: Double

    /// A node.
    package init(feature: Int32, next: Int32, threshold: Double) {
      self.feature = feature
      self.next = next
      self.threshold = threshold
    }

    /// Whether it is a leaf.
    package var isLeaf: Bool { feature < 0 }
  }

  /// C.
  package let classes: Int
  /// All nodes; the first is the root.
  package let nodes: [Node]
  /// Training samples of each class at each leaf [leaves][C], as often as the bootstrap drew them.
  package let counts: [Int32]

  /// A tree of such nodes.
  init(classes: Int, nodes: [Node], counts: [Int32]) {
    self.classes = classes
    self.nodes = nodes
    self.counts = counts
  }

  /// Which leaf the features [F] of a sample lead to.
  package func leaf(of features: ArraySlice<Float>) -> Int {
    var v = 0
    while true {
      let node = nodes[v]
      if node.isLeaf { return Int(node.next) }
      let value = Double(features[features.startIndex + Int(node.feature)])
      v = value <= node.threshold ? v + 1 : Int(node.next)
    }
  }

  /// The samples at a leaf by class [C].
  package func counts(ofLeaf leaf: Int) -> ArraySlice<Int32> {
    counts[leaf * classes..<(leaf + 1) * classes]
  }
}
