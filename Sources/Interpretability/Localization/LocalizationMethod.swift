/// A way to find where an object is from what a network makes of it.
///
/// Source: the paper's Sec. 5.1, Appendices G and H.
package enum LocalizationMethod: String, Sendable, CaseIterable {
  /// The gradient of a filter's pooled activation by the image: its norm over the channels, divided by
  /// the root of its mean square, blurred; the region is above 1.
  case gradmap
  /// A filter's activations, resized to the image: the region is at least the value above which 30 % of
  /// all its activations on the split lie.
  case activmap
  /// The activations of all filters, each times its weight for the image's class, resized: the region is
  /// the largest 30 % of the map.
  case cam
  /// The same with each filter's mean gradient of the class's logit as its weight, negative sums 0: for
  /// nets that do not end in pooling and one layer. Selvaraju et al., ICCV 2017.
  case gradcam

  /// Whether each filter has a region of its own.
  package var isOfFilters: Bool { self == .gradmap || self == .activmap }

  /// The intersection over union from which a region counts for average precision, as Table 2 has it.
  package var precisionThreshold: Double { self == .gradmap ? 0.2 : 0.3 }

  /// Its name in the paper's words.
  package var title: String {
    switch self {
    case .gradmap: "GradMap"
    case .activmap: "ActivMap"
    case .cam: "CAM"
    case .gradcam: "Grad-CAM"
    }
  }
}

/// What a localisation is asked for.
package struct LocalizationSettings: Sendable {
  /// The methods.
  package var methods: [LocalizationMethod]
  /// The GradMap's blur.
  package var blur = GaussianBlur(sigma: 5)
  /// The share of activations, and of a class's map, that makes a region.
  package var share = LargestShare.ofActivations
  /// Whether regions are above their threshold, and a region counts above 20 or 30 %, as in the authors'
  /// code; else at least, as in Appendix H. The GradMap's region is above 1 either way.
  package var isStrict = false
  /// How many filters are scored for a class, those whose pooled activation on its images is the
  /// largest, as in the authors' code; nil: each filter for the class that it finds best.
  package var topFilters: Int?
  /// How many of the first samples' maps to keep, for other tools to look at.
  package var keptMaps = 0

  /// These methods, as the paper has them.
  package init(methods: [LocalizationMethod]) { self.methods = methods }
}
