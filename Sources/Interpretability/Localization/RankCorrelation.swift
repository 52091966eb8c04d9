/// Spearman's rank correlation: Pearson's of ranks, ties sharing their mean.
package enum RankCorrelation {
  /// Of two equally long lists; 0 where one has no spread.
  package static func of(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count, "lists of different lengths")
    let (x, y) = (ranks(a), ranks(b))
    let mean = Double(a.count - 1) / 2
    var (both, ofX, ofY) = (0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      both += (x - mean) * (y - mean)
      ofX += (x - mean) * (x - mean)
      ofY += (y - mean) * (y - mean)
    }
    return ofX > 0 && ofY > 0 ? both / (ofX * ofY).squareRoot() : 0
  }

  private static func ranks(_ values: [Float]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
      start = end
    }
    return ranks
  }
}
