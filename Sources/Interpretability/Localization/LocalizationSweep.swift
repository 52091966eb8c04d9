import Core
import Inference
import Kernels
import Network

/// What a rank finds of its samples, part by part.
final class LocalizationSweep {
  private let passes: SplitPasses
  private let network: Network
  private let settings: LocalizationSettings
  private let classOf: [Int32]
  private let gradMap: GradMap
  private let classMap: ClassMap
  /// [C][K]: what the classifier multiplies each filter by; empty for a net without such a layer.
  private let weights: [Float]

  private(set) var labels: [Int32] = [], predictions: [Int32] = []
  private(set) var features: [Float] = []
  private(set) var masks: [ObjectMask] = []
  private(set) var overlaps: [LocalizationMethod: [Double]] = [:]
  private(set) var kept: NetworkLocalization.KeptMaps
  /// [n][K][h][w] of this rank's samples.
  private var activations: [Float] = []

  /// One value that a thread leaves.
  private final class Box: @unchecked Sendable {
    var overlap = 0.0
    var map: [Float] = []
  }
  private let boxes: [Box]

  init(_ passes: SplitPasses, classOf: [Int32], settings: LocalizationSettings) throws {
    self.passes = passes
    self.classOf = classOf
    self.settings = settings
    network = passes.network
    let size = network.activationSize
    let extent = (height: network.input.height, width: network.input.width)
    gradMap = GradMap(blur: settings.blur, height: extent.height, width: extent.width)
    classMap = ClassMap(resize: BilinearResize(from: size, to: extent))
    weights = network.classifierWeights ?? []
    kept = NetworkLocalization.KeptMaps(activationSize: size, imageSize: extent)
    boxes = (0..<max(network.capacity, network.filters)).map { _ in Box() }
    let mapBytes =
      settings.keptMaps * network.filters * network.input.pixels * MemoryLayout<Float>.stride
    guard !has(.gradmap) || mapBytes <= Self.mapLimit else {
      throw CSGError.configuration(
        "--maps",
        "the maps of \(NumberText.count(settings.keptMaps, "sample")) and \(NumberText.count(network.filters, "filter")) take "
          + "\(NumberText.mebibytes(mapBytes))", remedy: "keep fewer; 1024 MiB are the most")
    }
    guard !settings.methods.contains(.cam) || !weights.isEmpty else {
      throw CSGError.configuration(
        "--method",
        "\(network.architecture.name) has no class activation map: it does not end in "
          + "pooling and one linear layer", remedy: "take gradcam")
    }
  }

  /// Bytes of the gradient maps that are kept, at most.
  private static let mapLimit = 1 << 30

  private func has(_ method: LocalizationMethod) -> Bool { settings.methods.contains(method) }

  /// Takes a part whose features are there.
  func add(_ samples: Range<Int>, labels theirs: [Int32]) throws {
    let theirs = theirs.map { classOf[Int($0)] }
    labels += theirs
    predictions += network.predictedClasses(count: samples.count) { _ in nil }
    for n in 0..<samples.count { features += network.features(n).array }
    masks += try samples.map {
      try ObjectMask(
        passes.mask($0) ?? [UInt8](repeating: 0, count: network.input.pixels))
    }
    let first = masks.count - samples.count
    let keeps = samples.map { $0 < settings.keptMaps }
    kept.count += keeps.count { $0 }

    for n in 0..<samples.count where has(.activmap) || has(.cam) || keeps[n] {
      let map = network.activations(n)
      if has(.activmap) { activations += map }
      if keeps[n] { kept.activations += map }
      if has(.cam) {
        let filters = network.filters
        let row = Int(theirs[n]) * filters
        let cam = classMap(
          map, weights: Array(weights[row..<row + filters]), isRectified: false)
        overlaps[.cam, default: []].append(
          ClassRegion(of: cam, isRectified: false, settings).overlap(cam, masks[first + n]))
        if keeps[n] { kept.cam += cam }
      }
    }
    for n in 0..<samples.count where has(.gradmap) {
      addGradMaps(n, masks[first + n], keeps: keeps[n])
    }
    if has(.gradcam) { addGradCAM(theirs, first: first, keeps: keeps) }
  }

  // MARK: One filter

  /// The GradMaps of one image of the part, as many filters at a time as the network has slots. A filter
  /// that is silent there has no gradient.
  private func addGradMaps(_ n: Int, _ mask: ObjectMask, keeps: Bool) {
    let (filters, pixels) = (network.filters, network.input.pixels)
    var row = [Double](repeating: 0, count: filters)
    let features = network.features(n)
    let active = (0..<filters).filter { features[$0] != 0 && (mask.count > 0 || keeps) }
    let start = kept.gradmap.count
    if keeps { kept.gradmap += [Float](repeating: 0, count: filters * pixels) }
    for from in stride(from: 0, to: active.count, by: network.capacity) {
      let chunk = active[from..<min(from + network.capacity, active.count)]
      let seeds = chunk.map { FilterSeed(image: n, filter: $0) }
      network.backward(from: .filters(seeds[...]), to: .image)
      network.team.forEach(seeds.count) { [self] slot, _ in
        let map = gradMap(network.imageGradient(slot))
        boxes[slot].overlap = mask.overlap(map, GradMap.threshold, isStrict: true)
        boxes[slot].map = keeps ? map : []
      }
      for (slot, filter) in chunk.enumerated() {
        row[filter] = boxes[slot].overlap
        if keeps {
          let place = start + filter * pixels
          kept.gradmap.replaceSubrange(place..<place + pixels, with: boxes[slot].map)
        }
      }
    }
    overlaps[.gradmap, default: []] += row
  }

  /// The thresholds of the filters' activations on the whole split, and the overlaps by them; collective.
  /// Nil where no ActivMap is asked for.
  func activationThresholds() throws -> [Float]? {
    guard has(.activmap) else { return nil }
    let size = network.activationSize
    let pixels = size.height * size.width
    let filters = network.filters
    func range(_ sample: Int, _ filter: Int) -> Range<Int> {
      let start = (sample * filters + filter) * pixels
      return start..<start + pixels
    }
    let own = masks.count
    let thresholds = try settings.share.ofRows(
      filters, count: passes.dataset.count * pixels, communicator: passes.communicator
    ) { filter, body in
      for sample in 0..<own { for i in range(sample, filter) { body(activations[i]) } }
    }
    var found = [Double](repeating: 0, count: own * filters)
    for sample in 0..<own where masks[sample].count > 0 {
      network.team.forEach(filters) { [self] filter, _ in
        let map = classMap.resize(activations[range(sample, filter)])
        boxes[filter].overlap = masks[sample].overlap(
          map, thresholds[filter], isStrict: settings.isStrict)
      }
      for filter in 0..<filters { found[sample * filters + filter] = boxes[filter].overlap }
    }
    overlaps[.activmap] = found
    return thresholds
  }

  // MARK: All filters

  /// Grad-CAM of a part's images.
  private func addGradCAM(_ labels: [Int32], first: Int, keeps: [Bool]) {
    let classes = network.classes
    let seeds = FloatBuffer(labels.count * classes).all
    for (n, label) in labels.enumerated() { seeds[n * classes + Int(label)] = 1 }
    network.backward(from: .logits(seeds), to: .activations)
    for (n, keeps) in keeps.enumerated() {
      let weights = network.meanActivationGradients(n)
      let map = classMap(network.activations(n), weights: weights, isRectified: true)
      overlaps[.gradcam, default: []].append(
        ClassRegion(of: map, isRectified: true, settings).overlap(map, masks[first + n]))
      if keeps { kept.gradcam += map }
    }
  }
}

extension Network {
  /// What the last layer adds to each logit [C]; empty where there is no such layer.
  package var classifierBiases: [Float] {
    parameterLayout.tensors.first { $0.name == "fc.bias" }?.read(from: theta) ?? []
  }

  /// What the last layer multiplies each filter's pooled activation by, [C][K]; nil for a net that does
  /// not end in pooling and one linear layer.
  package var classifierWeights: [Float]? {
    parameterLayout.tensors.first { $0.name == "fc.weight" && $0.shape == [classes, filters] }?
      .read(from: theta)
  }
}
