import Communicator
import Core
import Datasets
import Inference
import Network

/// A picture, its mask, and where networks look in it (Fig. 9).
package struct LocalizedImage: Sendable {
  /// The most pictures that are shown.
  package static let most = 64

  /// Number in the split, its source's name, and the class of its label in the split.
  package let sample: Int, name: String?, label: Int32
  /// As the networks see it.
  package let picture: Picture
  /// Nil where there is none.
  package let mask: ObjectMask?
  /// Of each network, in order.
  package var maps: [ClassMapping] = []

  /// A network's map of one class.
  package struct ClassMapping: Sendable {
    /// The network's class that the map is of: the label's, or where it has no such class the one that it
    /// predicts.
    package let classNumber: Int32
    /// [H][W], and where its region begins: at the threshold, or above it.
    package let map: [Float], threshold: Float, isStrict: Bool
    /// With the mask; nil without one.
    package let overlap: Double?
  }

  /// Pictures and masks of samples.
  package static func read(_ samples: [Int], of passes: SplitPasses) throws -> [LocalizedImage] {
    try samples.map { sample in
      let mask = try passes.mask(sample).map(ObjectMask.init)
      return LocalizedImage(
        sample: sample, name: try passes.dataset.name(sample), label: passes.dataset.label(sample),
        picture: try passes.picture(sample), mask: mask.flatMap { $0.count > 0 ? $0 : nil })
    }
  }

  /// Adds a network's map to each; `classOf` gives its class of a label, nil where there is none.
  package static func add(
    _ passes: SplitPasses, to images: inout [LocalizedImage], classOf: [Int32?],
    settings: LocalizationSettings
  ) throws {
    let network = passes.network
    let isByGradients = settings.methods.contains(.gradcam) && !settings.methods.contains(.cam)
    let weights = isByGradients ? nil : network.classifierWeights
    let extent = (height: network.input.height, width: network.input.width)
    let classMap = ClassMap(resize: BilinearResize(from: network.activationSize, to: extent))
    var place = 0
    try passes.forEach(images.map { $0.sample..<$0.sample + 1 }) { _, labels in
      let predicted = network.predictedClasses(count: 1) { _ in nil }[0]
      let label = classOf[Int(labels[0])] ?? predicted
      let factors: [Float]
      if let weights {
        let row = Int(label) * network.filters
        factors = Array(weights[row..<row + network.filters])
      } else {
        factors = network.gradientWeights(ofClass: Int(label))
      }
      let map = classMap(network.activations(0), weights: factors, isRectified: weights == nil)
      let region = ClassRegion(of: map, isRectified: weights == nil, settings)
      images[place].maps.append(
        ClassMapping(
          classNumber: label, map: map, threshold: region.threshold, isStrict: region.isStrict,
          overlap: images[place].mask.map { region.overlap(map, $0) }))
      place += 1
    }
  }
}

extension Network {
  /// Each filter's mean gradient of a class's logit, of the one image of the last pass (Grad-CAM).
  func gradientWeights(ofClass label: Int) -> [Float] {
    let seed = FloatBuffer(classes).all
    seed[label] = 1
    backward(from: .logits(seed), to: .activations)
    return meanActivationGradients(0)
  }

  /// Of image n, after a backward pass to the last activations: the mean of each filter's gradient [K], in
  /// Double.
  func meanActivationGradients(_ n: Int) -> [Float] {
    let gradient = activationGradient(n)
    let pixels = gradient.count / filters
    return (0..<filters).map { k in
      Float(
        gradient[k * pixels..<(k + 1) * pixels].reduce(0.0) { $0 + Double($1) } / Double(pixels))
    }
  }
}

extension NetworkLocalization {
  /// Of each class's scored samples the one whose map overlaps best, the one in the middle and the worst,
  /// by the method of all filters that there is; by the filters' mean overlap without such.
  package var tellingSamples: [Int] {
    let byImage = imageOverlaps[.cam] ?? imageOverlaps[.gradcam]
    let byFilter = filterOverlaps[.activmap] ?? filterOverlaps[.gradmap]
    func overlap(_ n: Int) -> Double {
      byImage?[n] ?? byFilter?[n * filters..<(n + 1) * filters].reduce(0, +) ?? 0
    }
    return (0..<classes).flatMap { label -> [Int] in
      let samples = scored.filter { Int(labels[$0]) == label }.sorted {
        let (a, b) = (overlap($0), overlap($1))
        return a == b ? $0 < $1 : a > b
      }
      guard let best = samples.first, let worst = samples.last else { return [] }
      var chosen = [best, samples[samples.count / 2], worst]
      chosen = chosen.enumerated().filter { !chosen[..<$0.offset].contains($0.element) }.map(
        \.element)
      return chosen
    }
  }
}
