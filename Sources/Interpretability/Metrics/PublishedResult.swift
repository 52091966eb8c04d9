/// Rows of the paper's Table 1: accuracy, MIS, and of the gated net the L1-density with its interval.
///
/// Source: Liang et al., ECCV 2020 (arXiv:2007.08194).
package struct PublishedResult: Sendable, Equatable {
  /// Whose row it is.
  package let name: String
  /// Share of the test samples, and nats.
  package let accuracy: Double, informationScore: Double
  /// L1-density of G and the interval that it converges to; nil for STD.
  package let density: Double?, interval: [Double]?

  /// Where the rows are from.
  package static let citation = """
    Haoyu Liang et al., "Training Interpretable Convolutional Neural Networks by Differentiating \
    Class-specific Filters", ECCV 2020, Table 1 (arXiv:2007.08194)
    """

  /// The paper's rows for a net on the test split of a data set, CSG before STD; none where it has no
  /// such row. A data set in CIFAR-10's layout says by its content what it is: without
  /// `isCIFAR10Test` there is a caution in place of rows. A folder of pictures does not: with 1000
  /// classes it is taken for ImageNet, and `caution` says so.
  package static func rows(
    architecture: String, classes: Int, source: String, isCIFAR10Test: Bool
  ) -> (rows: [PublishedResult], caution: String?)? {
    // The paper does not say which shortcuts its ResNet-20 has.
    let net = architecture == "resnet20-projection" ? "resnet20" : architecture
    switch (net, classes, source) {
    case ("resnet20", 10, "CIFAR-10 binary") where !isCIFAR10Test:
      return ([], "Its row for CIFAR-10 is for the 10000 test pictures, which these are not.")
    case ("resnet20", 10, "CIFAR-10 binary"):
      return (
        [
          .init(
            name: "paper, CSG", accuracy: 0.9192, informationScore: 0.1603, density: 0.1000,
            interval: [0.1, 0.1]),
          .init(
            name: "paper, STD", accuracy: 0.9169, informationScore: 0.1119, density: nil,
            interval: nil),
        ], nil
      )
    case ("resnet18", 1000, "folders of pictures"):
      return (
        [
          .init(
            name: "paper, CSG", accuracy: 0.6784, informationScore: 0.6259, density: 0.0016,
            interval: [0.001, 0.1]),
          .init(
            name: "paper, STD", accuracy: 0.6976, informationScore: 0.5514, density: nil,
            interval: nil),
        ],
        "The paper's rows are for ImageNet; that these pictures are ImageNet's is assumed from the "
          + "number of classes."
      )
    case ("resnet152", 6, "PASCAL-Part objects"):
      return (
        [
          .init(
            name: "paper, CSG", accuracy: 0.8518, informationScore: 0.1998, density: 0.1996,
            interval: [0.1667, 0.2]),
          .init(
            name: "paper, STD", accuracy: 0.8447, informationScore: 0.1428, density: nil,
            interval: nil),
        ],
        "The paper split the objects at random: its test objects are others than these."
      )
    default: return nil
    }
  }
}
