import Core
import Inference
import Network

/// Where a network looks, on a split whose images have masks of their objects: how far each region
/// overlaps its mask.
package struct NetworkLocalization: Sendable {
  /// Samples, and those of them whose mask shows something: the others are scored nowhere.
  package let count: Int, scored: [Int]
  /// C and K.
  package let classes: Int, filters: Int
  /// The network's class of each sample's label, and what the STD path takes it for.
  package let labels: [Int32], predictions: [Int32]
  /// Pooled activations [N][K].
  package let features: [Float]
  /// Pixels of an image, and those that the mask shows, of each sample.
  package let pixels: Int, maskPixels: [Int32]
  /// Intersection over union of each filter's region [N][K], and of each image's [N].
  package let filterOverlaps: [LocalizationMethod: [Double]]
  package let imageOverlaps: [LocalizationMethod: [Double]]
  /// The threshold of each filter's activations; nil without an ActivMap.
  package let thresholds: [Float]?
  /// The first samples' maps (rank 0's).
  package let kept: KeptMaps?

  /// Maps of the first samples.
  package struct KeptMaps: Sendable {
    /// Samples; extents of an activation and of an image.
    package var count = 0
    package let activationSize: (height: Int, width: Int), imageSize: (height: Int, width: Int)
    /// [n][K][h][w], [n][K][H][W], [n][H][W] each.
    package var activations: [Float] = [], gradmap: [Float] = [], cam: [Float] = []
    package var gradcam: [Float] = []
  }

  /// Overlaps of regions and masks that were found elsewhere: of each filter [N][K], of each image [N].
  package init(
    labels: [Int32], predictions: [Int32], features: [Float], classes: Int, maskPixels: [Int32],
    pixels: Int, filterOverlaps: [LocalizationMethod: [Double]],
    imageOverlaps: [LocalizationMethod: [Double]]
  ) {
    count = labels.count
    scored = maskPixels.indices.filter { maskPixels[$0] > 0 }
    self.classes = classes
    filters = features.count / labels.count
    self.labels = labels
    self.predictions = predictions
    self.features = features
    self.pixels = pixels
    self.maskPixels = maskPixels
    self.filterOverlaps = filterOverlaps
    self.imageOverlaps = imageOverlaps
    thresholds = nil
    kept = nil
  }

  /// Takes every sample through the network, over all ranks; collective. `classOf` gives the network's
  /// class of a label of the split. `progress` is told how many samples this rank has done.
  package init(
    _ passes: SplitPasses, classOf: [Int32], settings: LocalizationSettings,
    progress: (Int) -> Void = { _ in }
  ) throws {
    let sweep = try LocalizationSweep(passes, classOf: classOf, settings: settings)
    try passes.forEachPart { samples, labels in
      try sweep.add(samples, labels: labels)
      progress(samples.upperBound)
    }
    let network = passes.network
    count = passes.dataset.count
    classes = network.classes
    filters = network.filters
    thresholds = try sweep.activationThresholds()
    labels = try passes.gather(sweep.labels)
    predictions = try passes.gather(sweep.predictions)
    features = try passes.gather(sweep.features, width: network.filters)
    let maskPixels = try passes.gather(sweep.masks.map { Int32($0.count) })
    self.maskPixels = maskPixels
    pixels = network.input.pixels
    scored = maskPixels.indices.filter { maskPixels[$0] > 0 }
    var (ofFilters, ofImages): ([LocalizationMethod: [Double]], [LocalizationMethod: [Double]]) =
      ([:], [:])
    for method in settings.methods {
      let mine = sweep.overlaps[method] ?? []
      if method.isOfFilters {
        ofFilters[method] = try passes.gather(mine, width: network.filters)
      } else {
        ofImages[method] = try passes.gather(mine)
      }
    }
    filterOverlaps = ofFilters
    imageOverlaps = ofImages
    kept = sweep.kept.count > 0 ? sweep.kept : nil
  }
}
