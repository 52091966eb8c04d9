import Interpretability
import Testing

/// Appendix H on five images by hand: classes 0, 0, 1, 1 and one without a mask; nobody is of class 2.
@Suite struct LocalizationScoresTests {
  /// Overlaps of three filters.
  private static let overlaps: [[Double]] = [
    [0.3, 0.1, 0.3], [0.5, 0.1, 0.1], [0.3, 0.2, 0.3], [0.1, 0.4, 0.2], [0.9, 0.9, 0.9],
  ]

  private let found = NetworkLocalization(
    labels: [0, 0, 1, 1, 0], predictions: [0, 1, 1, 1, 0],
    features: [1, 5, 0, 1, 5, 0, 0, 1, 9, 0, 1, 9, 9, 0, 0], classes: 3,
    maskPixels: [40, 60, 20, 30, 0], pixels: 100,
    filterOverlaps: [.activmap: overlaps.flatMap { $0 }],
    imageOverlaps: [.cam: [0.3, 0.1, 0.6, 0.2, 0.9]])

  private func settings(_ change: (inout LocalizationSettings) -> Void = { _ in })
    -> LocalizationSettings
  {
    var settings = LocalizationSettings(methods: [.activmap, .cam])
    change(&settings)
    return settings
  }

  private func expect(
    _ score: LocalizationScores.Score?, _ overlap: Double, _ precision: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard let score else {
      Issue.record("no score", sourceLocation: sourceLocation)
      return
    }
    #expect(abs(score.overlap - overlap) < 1e-12, sourceLocation: sourceLocation)
    #expect(abs(score.precision - precision) < 1e-12, sourceLocation: sourceLocation)
  }

  @Test func aFilterStandsForTheClassThatItFindsBest() {
    let scores = found.scores(.activmap, settings())
    // AP30: filter 0 has 1 and ½, filter 1 has 0 and ½, filter 2 has ½ and ½: the first of equals.
    #expect(scores.filters.map(\.focus) == [0, 1, 0])
    expect(scores.classes[0], (0.4 + 0.2) / 2, (1 + 0.5) / 2)
    expect(scores.classes[1], 0.3, 0.5)
    #expect(scores.classes[2] == nil, "no image shows it")
    expect(scores.total, (0.4 + 0.3 + 0.2) / 3, (1 + 0.5 + 0.5) / 3)
  }

  @Test func strictlyMoreIsMore() {
    let scores = found.scores(.activmap, settings { $0.isStrict = true })
    // Of 0.3 and 0.5 one is above 0.3; filter 2 has nothing above it.
    #expect(scores.filters.map(\.score.precision) == [0.5, 0.5, 0])
    #expect(scores.filters.map(\.focus) == [0, 1, 0])
  }

  @Test func theFiltersThatAnswerMostAreScored() {
    let scores = found.scores(.activmap, settings { $0.topFilters = 1 })
    // Class 0 excites filter 1, class 1 filter 2; the image without a mask says nothing.
    expect(scores.classes[0], 0.1, 0)
    expect(scores.classes[1], 0.25, 0.5)
    expect(scores.total, (0.1 + 0.1 + 0.3 + 0.2) / 4, 0.25)
  }

  @Test func oneRegionAnImageIsAveraged() {
    let scores = found.scores(.cam, settings())
    expect(scores.classes[0], 0.2, 0.5)
    expect(scores.classes[1], 0.4, 0.5)
    expect(scores.total, 0.3, 0.5)
    let twice = found.scores(.cam, settings(), weights: [2, 0, 1, 1, 5])
    expect(twice.total, (0.6 + 0.6 + 0.2) / 4, 0.75)
  }

  /// Masks fill 0.4, 0.6, 0.2 and 0.3 of their images.
  @Test func lookingNowhereHasAScore() {
    let filters = found.wholeImageScore(.activmap, settings())
    expect(filters, 0.5, 1)
    expect(found.wholeImageScore(.activmap, settings { $0.topFilters = 1 }), 0.375, 0.75)
    expect(found.wholeImageScore(.cam, settings()), 0.375, 0.75)
  }
}
