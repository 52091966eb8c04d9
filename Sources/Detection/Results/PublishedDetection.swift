import Attacks

/// The rows of the paper's Table 3: mean error rates of random forests over five repeats, ResNet-20 on
/// CIFAR-10.
///
/// Source: Liang et al., ECCV 2020 (arXiv:2007.08194).
package struct PublishedDetection: Sendable {
  /// The attack; whose row; shares, in the order of `sizes`.
  package let method: AttackMethod, isGated: Bool, errors: [Double]

  /// Training samples of each class.
  package static let sizes = [500, 1000, 2000]

  /// Where the rows are from.
  package static let citation = """
    Haoyu Liang et al., "Training Interpretable Convolutional Neural Networks by Differentiating \
    Class-specific Filters", ECCV 2020, Table 3 (arXiv:2007.08194)
    """

  /// All rows.
  package static let rows = [
    PublishedDetection(method: .fgsm, isGated: false, errors: [0.0476, 0.0460, 0.0415]),
    .init(method: .fgsm, isGated: true, errors: [0.0450, 0.0394, 0.0384]),
    .init(method: .pgd, isGated: false, errors: [0.0503, 0.0620, 0.0408]),
    .init(method: .pgd, isGated: true, errors: [0.0452, 0.0395, 0.0325]),
    .init(method: .cw, isGated: false, errors: [0.0733, 0.0676, 0.0646]),
    .init(method: .cw, isGated: true, errors: [0.0703, 0.0618, 0.0587]),
  ]

  /// Whether the rows are of such a net and test split. The paper does not say which shortcuts its ResNet-20
  /// has.
  package static func isOf(architecture: String, isCIFAR10Test: Bool) -> Bool {
    isCIFAR10Test && ["resnet20", "resnet20-projection"].contains(architecture)
  }

  /// The rows of an attack that was made with these numbers, by name: none where the paper's had others.
  package static func rows(of method: AttackMethod, settings: [String: Double])
    -> [PublishedDetection]
  {
    guard let budget = settings["searches"] else { return rows.filter { $0.method == method } }
    let isPapers = budget == Double(CarliniWagner.Budget.paper.searches)
    return rows.filter { $0.method == method && isPapers }
  }
}
