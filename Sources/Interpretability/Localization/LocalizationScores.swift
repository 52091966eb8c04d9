/// Avg-IoU and AP of a method, for each class and in all (Appendix H), over samples that may count
/// several times.
package struct LocalizationScores: Sendable {
  /// A mean intersection over union, and the share of regions that overlap enough.
  package struct Score: Sendable, Equatable {
    package let overlap: Double, precision: Double
  }
  /// Of each class; nil where no filter is focused on it, or no image shows it.
  package let classes: [Score?]
  /// Of all filters, or of all images.
  package let total: Score
  /// The class that each filter finds best and its score there; empty for a method of all filters.
  package let filters: [(focus: Int, score: Score)]

  /// How often each sample counts.
  typealias Weights = [Int]

  /// Of regions of single filters, [N][K].
  ///
  /// Filter k is focused on the class c of the largest AP_kc, the first of equals. A class's score is the
  /// mean over the filters that are focused on it, each on the class's images; the total is the mean over
  /// all filters, each on the images of its class.
  init(
    filterOverlaps overlaps: [Double], of localization: NetworkLocalization, threshold: Double,
    isStrict: Bool, weights: Weights
  ) {
    let (k, c) = (localization.filters, localization.classes)
    var sums = [Double](repeating: 0, count: c * k), hits = [Int](repeating: 0, count: c * k)
    var counts = [Int](repeating: 0, count: c)
    for n in localization.scored where weights[n] > 0 {
      let (label, weight) = (Int(localization.labels[n]), weights[n])
      counts[label] += weight
      for filter in 0..<k {
        let overlap = overlaps[n * k + filter]
        sums[label * k + filter] += Double(weight) * overlap
        if Self.counts(overlap, threshold, isStrict) { hits[label * k + filter] += weight }
      }
    }
    func score(_ label: Int, _ filter: Int) -> Score {
      let count = Double(counts[label])
      return Score(
        overlap: sums[label * k + filter] / count,
        precision: Double(hits[label * k + filter]) / count)
    }
    let present = (0..<c).filter { counts[$0] > 0 }
    filters = (0..<k).map { filter in
      var best = present[0]
      for label in present.dropFirst() {
        // Shares of whole numbers: by cross products, exactly.
        if hits[label * k + filter] * counts[best] > hits[best * k + filter] * counts[label] {
          best = label
        }
      }
      return (best, score(best, filter))
    }
    let found = filters
    classes = (0..<c).map { label in
      Self.mean(found.filter { $0.focus == label }.map(\.score))
    }
    total = Self.mean(found.map(\.score)) ?? Score(overlap: 0, precision: 0)
  }

  /// The same of the filters whose mean pooled activation on a class's images is the largest, `top` of
  /// them for each class: a class's score is the mean over them and its images, the total that over all
  /// images.
  init(
    filterOverlaps overlaps: [Double], top: Int, of localization: NetworkLocalization,
    threshold: Double, isStrict: Bool, weights: Weights
  ) {
    let (k, c) = (localization.filters, localization.classes)
    var activations = [Double](repeating: 0, count: c * k)
    for n in localization.scored where weights[n] > 0 {
      let row = Int(localization.labels[n]) * k
      for filter in 0..<k {
        activations[row + filter] +=
          Double(weights[n]) * Double(localization.features[n * k + filter])
      }
    }
    let chosen = (0..<c).map { label in
      Array(
        (0..<k).sorted {
          let (a, b) = (activations[label * k + $0], activations[label * k + $1])
          return a == b ? $0 < $1 : a > b
        }.prefix(top))
    }
    var means = [Double](repeating: 0, count: localization.count)
    var hits = means
    for n in localization.scored {
      let filters = chosen[Int(localization.labels[n])]
      for filter in filters {
        let overlap = overlaps[n * k + filter]
        means[n] += overlap / Double(filters.count)
        hits[n] += Self.counts(overlap, threshold, isStrict) ? 1 / Double(filters.count) : 0
      }
    }
    (classes, total) = Self.ofImages(means, hits, localization, weights)
    filters = []
  }

  /// Of one region an image, [N].
  init(
    imageOverlaps overlaps: [Double], of localization: NetworkLocalization, threshold: Double,
    isStrict: Bool, weights: Weights
  ) {
    let hits = overlaps.map { Self.counts($0, threshold, isStrict) ? 1.0 : 0 }
    (classes, total) = Self.ofImages(overlaps, hits, localization, weights)
    filters = []
  }

  private static func counts(_ overlap: Double, _ threshold: Double, _ isStrict: Bool) -> Bool {
    isStrict ? overlap > threshold : overlap >= threshold
  }

  private static func mean(_ scores: [Score]) -> Score? {
    guard !scores.isEmpty else { return nil }
    let count = Double(scores.count)
    return Score(
      overlap: scores.reduce(0) { $0 + $1.overlap } / count,
      precision: scores.reduce(0) { $0 + $1.precision } / count)
  }

  private static func ofImages(
    _ overlaps: [Double], _ hits: [Double], _ localization: NetworkLocalization, _ weights: Weights
  ) -> ([Score?], Score) {
    func score(_ samples: [Int]) -> Score? {
      let count = Double(samples.reduce(0) { $0 + weights[$1] })
      guard count > 0 else { return nil }
      return Score(
        overlap: samples.reduce(0) { $0 + Double(weights[$1]) * overlaps[$1] } / count,
        precision: samples.reduce(0) { $0 + Double(weights[$1]) * hits[$1] } / count)
    }
    let ofClasses = (0..<localization.classes).map { label in
      score(localization.scored.filter { Int(localization.labels[$0]) == label })
    }
    return (ofClasses, score(localization.scored) ?? Score(overlap: 0, precision: 0))
  }
}

extension NetworkLocalization {
  /// The scores of a method, each sample counting as often as `weights` says; once by default.
  package func scores(
    _ method: LocalizationMethod, _ settings: LocalizationSettings, weights: [Int]? = nil
  ) -> LocalizationScores {
    let weights = weights ?? Array(repeating: 1, count: count)
    let threshold = method.precisionThreshold
    guard let overlaps = filterOverlaps[method] else {
      return LocalizationScores(
        imageOverlaps: imageOverlaps[method] ?? [], of: self, threshold: threshold,
        isStrict: settings.isStrict, weights: weights)
    }
    guard let top = settings.topFilters else {
      return LocalizationScores(
        filterOverlaps: overlaps, of: self, threshold: threshold, isStrict: settings.isStrict,
        weights: weights)
    }
    return LocalizationScores(
      filterOverlaps: overlaps, top: top, of: self, threshold: threshold,
      isStrict: settings.isStrict, weights: weights)
  }

  /// The total where every region is the whole image: what looking nowhere comes to. Filters that are
  /// scored on the class that they find best then all take the one of the largest AP, the first of equals.
  package func wholeImageScore(_ method: LocalizationMethod, _ settings: LocalizationSettings)
    -> LocalizationScores.Score
  {
    let scores = LocalizationScores(
      imageOverlaps: maskPixels.map { Double($0) / Double(pixels) }, of: self,
      threshold: method.precisionThreshold, isStrict: settings.isStrict,
      weights: Array(repeating: 1, count: count))
    guard method.isOfFilters, settings.topFilters == nil else { return scores.total }
    var best: LocalizationScores.Score?
    for case let score? in scores.classes where score.precision > best?.precision ?? -1 {
      best = score
    }
    return best ?? scores.total
  }
}
