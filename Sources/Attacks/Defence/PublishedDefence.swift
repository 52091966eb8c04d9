/// The paper's Table 4: ResNet-20 on CIFAR-10.
package enum PublishedDefence {
  /// Accuracy without an attack.
  package static let accuracy = (gated: 0.8885, standard: 0.8803)
  /// Pictures that the shares seem to be of: all are whole per cents.
  package static let pictures = 100

  /// Whether a net and its pictures are like the table's; which shortcuts its ResNet-20 has it does not say.
  package static func isOf(architecture: String, isCIFAR10Test: Bool) -> Bool {
    isCIFAR10Test && ["resnet20", "resnet20-projection"].contains(architecture)
  }

  /// Success of an attack, where the table has it.
  package static func success(_ method: AttackMethod) -> (gated: Double, standard: Double)? {
    switch method {
    case .singlePixel: (0.02, 0.14)
    case .localSearch: (0.02, 0.15)
    case .fgsm, .pgd, .cw, .onePixel: nil
    }
  }

  /// Where the numbers are from.
  package static let citation = """
    Haoyu Liang et al., "Training Interpretable Convolutional Neural Networks by Differentiating \
    Class-specific Filters", ECCV 2020, Table 4 (arXiv:2007.08194)
    """
}
