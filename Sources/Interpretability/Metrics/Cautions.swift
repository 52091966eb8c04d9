/// What is degenerate in a net's answers, as sentences that stand beside each figure that it spoils.
package struct Cautions {
  /// Filters that are silent for every sample; nil: none.
  package let deadFilters: String?
  /// Classes of a few samples; nil: none.
  package let fewSamples: String?
  /// Centres of k-means that lie on each other, or have no sample; nil: none.
  package let centers: String?

  /// From so many samples of a class on its column of M is scikit-learn's to within 1e-6
  /// (`MutualInformation`).
  static let enoughSamples = 8
  /// Classes that a sentence lists.
  private static let listed = 5

  /// What a table and its clusters show.
  package init(_ table: FeatureTable, deadFilters dead: Int, clusters: Clusters) {
    deadFilters =
      dead == 0
      ? nil
      : "\(dead) of \(table.filters) filters \(dead == 1 ? "is" : "are") dead (0 for every sample): they tell nothing of any "
        + "class, and are counted here all the same"
    let counts = table.classCounts
    let few = counts.indices.filter { (1..<Self.enoughSamples).contains(counts[$0]) }
    let shown = few.prefix(Self.listed).map(String.init).joined(separator: ", ")
    let rest = few.count - Self.listed
    fewSamples =
      few.isEmpty
      ? nil
      : "\(few.count) of \(table.classes) classes \(few.count == 1 ? "has" : "have") fewer than \(Self.enoughSamples) samples (label "
        + shown + (rest > 0 ? " and \(rest) more" : "")
        + "): too few to say much of them, and for the estimators of mutual information to agree"
    let distinct = Set(clusters.centers).count
    let empty = clusters.sizes.count { $0 == 0 }
    let all = clusters.centers.count
    let faults = [
      distinct < all ? "only \(distinct) of \(all) centres differ" : nil,
      empty > 0 ? "\(empty) of \(all) clusters have no sample" : nil,
    ].compactMap { $0 }
    centers =
      faults.isEmpty
      ? nil
      : faults.joined(separator: ", and ")
        + ": which class such a centre is matched to is arbitrary"
  }

  /// The sentences of some of these, those that are there.
  static func joined(_ cautions: String?...) -> String? {
    let texts = cautions.compactMap { $0 }
    return texts.isEmpty ? nil : texts.joined(separator: "; ")
  }
}
