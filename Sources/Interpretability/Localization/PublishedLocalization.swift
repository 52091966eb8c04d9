/// The rows of the paper's Table 2: ResNet-152 on PASCAL-Part objects, by method.
///
/// Source: Liang et al., ECCV 2020 (arXiv:2007.08194).
package struct PublishedLocalization: Sendable {
  /// The method; whether by AP or by Avg-IoU; whose row.
  package let method: LocalizationMethod, isPrecision: Bool, isGated: Bool
  /// Of bird, cat, dog, cow, horse and sheep; of all.
  package let classes: [Double], total: Double

  /// The classes of `classes`.
  package static let classNames = ["bird", "cat", "dog", "cow", "horse", "sheep"]

  /// Where the rows are from.
  package static let citation = """
    Haoyu Liang et al., "Training Interpretable Convolutional Neural Networks by Differentiating \
    Class-specific Filters", ECCV 2020, Table 2 (arXiv:2007.08194)
    """

  private init(
    _ method: LocalizationMethod, _ isPrecision: Bool, _ isGated: Bool, _ values: [Double]
  ) {
    self.method = method
    self.isPrecision = isPrecision
    self.isGated = isGated
    classes = Array(values.dropLast())
    total = values[values.count - 1]
  }

  /// All rows.
  package static let rows = [
    PublishedLocalization(
      .gradmap, false, true, [0.2765, 0.2876, 0.3313, 0.3261, 0.3159, 0.2857, 0.3035]),
    .init(.gradmap, false, false, [0.2056, 0.2568, 0.2786, 0.2921, 0.2779, 0.2698, 0.2606]),
    .init(.gradmap, true, true, [0.6624, 0.8006, 0.9170, 0.8828, 0.8204, 0.8089, 0.8165]),
    .init(.gradmap, true, false, [0.4759, 0.7081, 0.7556, 0.8069, 0.7621, 0.7764, 0.7029]),
    .init(.activmap, false, true, [0.3266, 0.4666, 0.4003, 0.4226, 0.3357, 0.4343, 0.4289]),
    .init(.activmap, false, false, [0.2858, 0.3816, 0.3446, 0.3674, 0.3019, 0.3652, 0.3602]),
    .init(.activmap, true, true, [0.5867, 0.8608, 0.7497, 0.8072, 0.5824, 0.8603, 0.8251]),
    .init(.activmap, true, false, [0.4739, 0.7004, 0.6372, 0.7214, 0.5157, 0.6970, 0.6759]),
    .init(.cam, false, true, [0.3489, 0.4027, 0.3641, 0.3972, 0.3524, 0.3562, 0.3694]),
    .init(.cam, false, false, [0.3458, 0.3677, 0.3492, 0.3516, 0.3170, 0.3470, 0.3483]),
    .init(.cam, true, true, [0.6431, 0.8382, 0.7197, 0.7517, 0.7136, 0.7073, 0.7300]),
    .init(.cam, true, false, [0.6495, 0.7832, 0.7085, 0.6621, 0.5825, 0.6504, 0.6853]),
  ]
}
