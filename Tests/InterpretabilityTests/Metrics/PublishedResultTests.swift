import Interpretability
import Testing

/// The rows of the paper's Table 1, for the net and data that they are of.
@Suite struct PublishedResultTests {
  private func expect(
    _ architecture: String, _ classes: Int, _ source: String, gated: [Double], interval: [Double],
    standard: [Double]
  ) throws -> String? {
    let found = try #require(
      PublishedResult.rows(
        architecture: architecture, classes: classes, source: source,
        isCIFAR10Test: source == "CIFAR-10 binary"))
    #expect(found.rows.map(\.name) == ["paper, CSG", "paper, STD"])
    let (first, last) = (found.rows[0], found.rows[1])
    #expect([first.accuracy, first.informationScore, first.density] == gated)
    #expect(first.interval == interval)
    #expect([last.accuracy, last.informationScore] == standard)
    #expect(last.density == nil && last.interval == nil)
    return found.caution
  }

  /// Either way of the shortcuts: the paper does not say which its net has.
  @Test(arguments: ["resnet20", "resnet20-projection"]) func cifar(_ architecture: String) throws {
    let caution = try expect(
      architecture, 10, "CIFAR-10 binary", gated: [0.9192, 0.1603, 0.1], interval: [0.1, 0.1],
      standard: [0.9169, 0.1119])
    #expect(caution == nil)
  }

  @Test func otherDataInCIFARsLayoutHasNone() throws {
    let found = try #require(
      PublishedResult.rows(
        architecture: "resnet20", classes: 10, source: "CIFAR-10 binary", isCIFAR10Test: false))
    #expect(found.rows.isEmpty)
    #expect(found.caution?.contains("which these are not") == true)
  }

  @Test func imageNet() throws {
    let caution = try expect(
      "resnet18", 1000, "folders of pictures", gated: [0.6784, 0.6259, 0.0016],
      interval: [0.001, 0.1], standard: [0.6976, 0.5514])
    #expect(caution?.contains("assumed") == true)
  }

  @Test func pascal() throws {
    let caution = try expect(
      "resnet152", 6, "PASCAL-Part objects", gated: [0.8518, 0.1998, 0.1996],
      interval: [0.1667, 0.2], standard: [0.8447, 0.1428])
    #expect(caution?.contains("at random") == true)
  }

  @Test(arguments: [
    ("resnet50", 10, "CIFAR-10 binary"), ("resnet20", 100, "CIFAR-10 binary"),
    ("resnet20", 10, "Fashion-MNIST IDX"), ("resnet18", 10, "folders of pictures"),
    ("resnet20", 6, "PASCAL-Part objects"),
  ])
  func othersHaveNone(architecture: String, classes: Int, source: String) {
    #expect(
      PublishedResult.rows(
        architecture: architecture, classes: classes, source: source, isCIFAR10Test: true) == nil)
  }
}
