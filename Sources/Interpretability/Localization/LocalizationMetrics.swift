import Network

/// `localization.json`: where a network looks, and a baseline beside it.
package struct LocalizationMetrics: Encodable, Sendable {
  package let format = "csg-dist localization", version = 1
  /// The split.
  package let data: Data
  package let settings: Settings
  package let network: OfNetwork, baseline: OfNetwork?
  /// Network − baseline, by method; null without a baseline.
  package let comparison: [String: Comparison]?
  /// What is left of the network's maps without what it has learned.
  package let sanity: MapSanity
  /// What the values mean, by their name.
  package let definitions = Self.meanings

  /// Which images.
  package struct Data: Encodable, Sendable {
    package let split: String, source: String, fingerprint: String, classes: [String]
    /// Of the network, by whose numbers all classes below and in the HDF5 file are told.
    package let networkClasses: [String]
    /// Samples, those that are scored, and those of each class of the network that are.
    package let count: Int, scored: Int, classCounts: [Int]

    enum CodingKeys: String, CodingKey {
      case split, source, fingerprint, classes, count, scored
      case classCounts = "class_counts"
      case networkClasses = "network_classes"
    }
  }

  /// What was asked for.
  package struct Settings: Encodable, Sendable {
    package let sigma: Double, blurRadius: Int, share: Double, strict: Bool, topFilters: Int?
    package let draws: Int, seed: UInt64

    enum CodingKeys: String, CodingKey {
      case sigma, share, strict, draws, seed
      case blurRadius = "blur_radius"
      case topFilters = "top_filters"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(sigma, forKey: .sigma)
      try container.encode(blurRadius, forKey: .blurRadius)
      try container.encode(share, forKey: .share)
      try container.encode(strict, forKey: .strict)
      try container.encode(topFilters, forKey: .topFilters)
      try container.encode(draws, forKey: .draws)
      try container.encode(seed, forKey: .seed)
    }
  }

  /// A number with its interval, and what the whole image as region comes to.
  package struct Number: Encodable, Sendable {
    package let value: Double, interval: [Double], wholeImage: Double

    enum CodingKeys: String, CodingKey {
      case value, interval
      case wholeImage = "whole_image"
    }
  }

  /// A class's, or a filter's, numbers.
  package struct Part: Encodable, Sendable {
    /// The class; images of it, and filters that are focused on it.
    package let label: Int, images: Int, filters: Int?
    /// Null where no filter is focused on it, or no image shows it.
    package let overlap: Double?, precision: Double?

    enum CodingKeys: String, CodingKey {
      case images, filters
      case label = "class"
      case overlap = "avg_iou"
      case precision = "ap"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(label, forKey: .label)
      try container.encode(images, forKey: .images)
      try container.encode(filters, forKey: .filters)
      try container.encode(overlap, forKey: .overlap)
      try container.encode(precision, forKey: .precision)
    }
  }

  /// What a method found.
  package struct OfMethod: Encodable, Sendable {
    /// The overlap from which a region counts.
    package let precisionThreshold: Double
    package let overlap: Number, precision: Number
    package let classes: [Part], filters: [Part]
    /// Filters whose activations' threshold is 0, so that every region is the whole image; null for other
    /// methods.
    package let zeroThresholds: Int?

    enum CodingKeys: String, CodingKey {
      case classes, filters
      case precisionThreshold = "ap_threshold"
      case overlap = "avg_iou"
      case precision = "ap"
      case zeroThresholds = "zero_thresholds"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(precisionThreshold, forKey: .precisionThreshold)
      try container.encode(overlap, forKey: .overlap)
      try container.encode(precision, forKey: .precision)
      try container.encode(classes, forKey: .classes)
      try container.encode(filters, forKey: .filters)
      try container.encode(zeroThresholds, forKey: .zeroThresholds)
    }
  }

  /// What was found of a network.
  package struct OfNetwork: Encodable, Sendable {
    package let origin: Origin
    /// Of the images that are scored, on the STD path.
    package let accuracy: Double
    package let methods: [String: OfMethod]
  }

  /// A difference with its interval and p.
  package struct Change: Encodable, Sendable {
    package let difference: Double, interval: [Double], p: Double
  }

  /// Of a method's totals.
  package struct Comparison: Encodable, Sendable {
    package let overlap: Change, precision: Change

    enum CodingKeys: String, CodingKey {
      case overlap = "avg_iou"
      case precision = "ap"
    }
  }

  enum CodingKeys: String, CodingKey {
    case format, version, data, settings, network, baseline, comparison, sanity, definitions
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(version, forKey: .version)
    try container.encode(data, forKey: .data)
    try container.encode(settings, forKey: .settings)
    try container.encode(network, forKey: .network)
    try container.encode(baseline, forKey: .baseline)
    try container.encode(comparison, forKey: .comparison)
    try container.encode(sanity, forKey: .sanity)
    try container.encode(definitions, forKey: .definitions)
  }

  private static let meanings = [
    "accuracy": "share of the scored images whose class the STD path predicts",
    "ap":
      "share of images whose region overlaps the mask by ap_threshold or more; of a method of single "
      + "filters, a filter's is of the images of the class where it is largest, a class's the mean over "
      + "the filters that are focused on it, the total the mean over all filters",
    "avg_iou":
      "mean over images of intersection over union of region and mask; of a method of single filters, "
      + "averaged over filters as ap is",
    "filters": "a filter's class is the one of its largest AP, the first of equals",
    "interval": "95 %, by the bootstrap over the images of each class",
    "p":
      "of the difference, two-sided: twice the smaller share of the bootstrap's draws on either side of "
      + "0, network and baseline drawn together",
    "sanity":
      "mean rank correlation of the network's maps with those of the same net whose layers were set to "
      + "random weights, from the last to the one that is named; survivors correlate by more than 0.5 when "
      + "none is left",
    "scored": "samples whose mask shows something",
    "whole_image":
      "the same where every region is the whole image: what looking nowhere comes to; of a method of single "
      + "filters, each of which then stands for the class of the largest AP, that class's",
    "zero_thresholds":
      "filters that are silent at more than 1 - share of all places: their threshold is 0, and unless "
      + "strict every region is the whole image",
  ]
}

extension LocalizationMetrics.OfNetwork {
  /// What a localisation found, with the intervals of its methods.
  package init(
    _ localization: NetworkLocalization, origin: Origin, settings: LocalizationSettings,
    intervals: [LocalizationMethod: (
      LocalizationIntervals.Interval, LocalizationIntervals.Interval
    )]
  ) {
    self.origin = origin
    let right = localization.scored.count {
      localization.predictions[$0] == localization.labels[$0]
    }
    accuracy = Double(right) / Double(max(localization.scored.count, 1))
    let images = localization.classCounts
    typealias Part = LocalizationMetrics.Part
    var methods: [String: LocalizationMetrics.OfMethod] = [:]
    for method in settings.methods {
      let scores = localization.scores(method, settings)
      let whole = localization.wholeImageScore(method, settings)
      let (overlap, precision) =
        intervals[method] ?? (.init(low: 0, high: 0), .init(low: 0, high: 0))
      let isFocused = method.isOfFilters && settings.topFilters == nil
      methods[method.rawValue] = LocalizationMetrics.OfMethod(
        precisionThreshold: method.precisionThreshold,
        overlap: .init(
          value: scores.total.overlap, interval: [overlap.low, overlap.high],
          wholeImage: whole.overlap),
        precision: .init(
          value: scores.total.precision, interval: [precision.low, precision.high],
          wholeImage: whole.precision),
        classes: scores.classes.enumerated().map { label, score in
          Part(
            label: label, images: images[label],
            filters: isFocused
              ? scores.filters.count { $0.focus == label }
              : method.isOfFilters
                ? settings.topFilters.map { min($0, localization.filters) } : nil,
            overlap: score?.overlap, precision: score?.precision)
        },
        filters: scores.filters.map { focus, score in
          Part(
            label: focus, images: images[focus], filters: nil, overlap: score.overlap,
            precision: score.precision)
        },
        zeroThresholds: method == .activmap
          ? localization.thresholds?.count { $0 == 0 } : nil)
    }
    self.methods = methods
  }
}

extension NetworkLocalization {
  /// Scored samples of each class of the network.
  package var classCounts: [Int] {
    (0..<classes).map { label in scored.count { Int(labels[$0]) == label } }
  }
}
