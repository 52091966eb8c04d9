import Communicator
import Core
import Inference
import Network

/// How much of a map is left when the network forgets what it has learned: its layers are set to random
/// weights from the top down, and each map is held against the trained network's, by rank correlation.
/// A map that survives shows the picture, not what was learned of it.
///
/// Source: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018
/// (https://arxiv.org/abs/1810.03292).
package struct MapSanity: Encodable, Sendable {
  /// The layers, in the order in which they are set to random weights.
  package let layers: [String]
  /// Images whose maps are looked at.
  package let images: Int
  /// By method, after each layer: the mean over the images of Spearman's correlation.
  package let correlations: [String: [Double]]
  /// Methods whose maps correlate by more than one half when no layer is left.
  package let survivors: [String]

  /// The most images that are looked at.
  package static let most = 24
  private static let limit = 0.5

  /// Of the first filter that answers most to each image, and of the image's class; θ and running
  /// statistics of the passes' network are random afterwards.
  package init(
    _ passes: SplitPasses, samples: [Int], classOf: [Int32], settings: LocalizationSettings,
    seed: UInt64
  ) throws {
    let network = passes.network
    let maps = SanityMaps(network, settings: settings)
    var trained: [[LocalizationMethod: [Float]]] = []
    var filters: [Int] = []
    func forEach(_ body: (_ image: Int, _ label: Int) -> Void) throws {
      var image = 0
      try passes.forEach(samples.map { $0..<$0 + 1 }) { _, labels in
        body(image, Int(classOf[Int(labels[0])]))
        image += 1
      }
    }
    try forEach { _, label in
      let features = network.features(0)
      let filter = (0..<network.filters).max { features[$0] < features[$1] } ?? 0
      filters.append(filter)
      trained.append(maps.of(filter: filter, label: label))
    }
    let names = network.layerNames
    var sums: [LocalizationMethod: [Double]] = [:]
    for (step, name) in names.enumerated() {
      network.initialize(seed: seed, purpose: .sanity) { $0.hasPrefix("\(name).") }
      for method in settings.methods { sums[method, default: []].append(0) }
      try forEach { image, label in
        let random = maps.of(filter: filters[image], label: label)
        for method in settings.methods {
          sums[method]?[step] += RankCorrelation.of(
            trained[image][method] ?? [], random[method] ?? [])
        }
      }
    }
    layers = names
    images = samples.count
    var found: [String: [Double]] = [:]
    for method in settings.methods {
      found[method.rawValue] = (sums[method] ?? []).map { $0 / Double(max(samples.count, 1)) }
    }
    correlations = found
    survivors = settings.methods.map(\.rawValue).filter { (found[$0]?.last ?? 0) > Self.limit }
  }
}

/// One map a method, of the one image of the last pass.
private struct SanityMaps {
  let network: Network
  let settings: LocalizationSettings
  private let gradMap: GradMap, classMap: ClassMap

  init(_ network: Network, settings: LocalizationSettings) {
    self.network = network
    self.settings = settings
    let extent = (height: network.input.height, width: network.input.width)
    gradMap = GradMap(blur: settings.blur, height: extent.height, width: extent.width)
    classMap = ClassMap(resize: BilinearResize(from: network.activationSize, to: extent))
  }

  func of(filter: Int, label: Int) -> [LocalizationMethod: [Float]] {
    let activations = network.activations(0)
    let pixels = activations.count / network.filters
    var maps: [LocalizationMethod: [Float]] = [:]
    for method in settings.methods {
      switch method {
      case .gradmap:
        network.backward(from: .filters([FilterSeed(image: 0, filter: filter)]), to: .image)
        maps[method] = gradMap(network.imageGradient(0))
      case .activmap:
        maps[method] = classMap.resize(activations[filter * pixels..<(filter + 1) * pixels])
      case .cam:
        let row = label * network.filters
        maps[method] = classMap(
          activations,
          weights: Array((network.classifierWeights ?? [])[row..<row + network.filters]),
          isRectified: false)
      case .gradcam:
        maps[method] = classMap(
          activations, weights: network.gradientWeights(ofClass: label), isRectified: true)
      }
    }
    return maps
  }
}

extension Network {
  /// What stands before the first dot of parameters' names, last layer first; of a numbered sequence each
  /// number alone.
  fileprivate var layerNames: [String] {
    var names: [String] = []
    for tensor in parameterLayout.tensors.reversed() {
      let parts = tensor.name.split(separator: ".")
      let isSequence = parts[0] == "features" || parts[0] == "classifier"
      let name = parts.prefix(isSequence ? 2 : 1).joined(separator: ".")
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
