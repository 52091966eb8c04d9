/// Which class each cluster stands for.
package struct ClusterMatching: Sendable {
  /// The class of each cluster: one to one, so that most samples agree.
  package let classes: [Int]
  /// Share of the samples whose cluster's class is theirs.
  package let agreement: Double

  /// Matches as many clusters as `labels` has different classes.
  package init(_ assignments: [Int32], labels: [Int32]) {
    let present = Set(labels).sorted()
    let place = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    var counts = [[Double]](
      repeating: Array(repeating: 0, count: present.count), count: present.count)
    for (cluster, label) in zip(assignments, labels) {
      if let column = place[label] { counts[Int(cluster)][column] += 1 }
    }
    let columns = bestMatching(counts)
    classes = columns.map { Int(present[$0]) }
    let agreeing = columns.enumerated().reduce(0.0) { $0 + counts[$1.offset][$1.element] }
    agreement = agreeing / Double(labels.count)
  }
}
