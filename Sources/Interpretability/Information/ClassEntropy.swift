import Core

extension FeatureTable {
  /// −p ln p − (1 − p) ln (1 − p) of each class's share p of the samples [C], in nats: all there is to
  /// know of whether a sample is of the class; 0 for a class of none, or of all.
  package var classEntropies: [Double] {
    func part(_ p: Double) -> Double { p > 0 ? -p * ElementaryFunctions.log(p) : 0 }
    return classCounts.map { samples in
      let share = Double(samples) / Double(count)
      return part(share) + part(1 - share)
    }
  }
}
