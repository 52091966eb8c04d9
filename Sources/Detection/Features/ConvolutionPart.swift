import Network

/// Which of the pooled features a convolution has.
package struct ConvolutionPart: Sendable, Equatable {
  /// As torchvision names it: `layer1.0.conv1`.
  package let name: String
  /// Places among the features.
  package let filters: Range<Int>

  /// The convolutions of a net, in the order of `Network.pooledFeatures`: that of its parameters.
  package static func all(of network: Network) -> [ConvolutionPart] {
    let weights = network.parameterLayout.tensors.filter { $0.shape.count == 4 }
    let counts = network.pooledFeatureCounts
    precondition(weights.map { $0.shape[0] } == counts, "a convolution has its filters' features")
    var start = 0
    return zip(weights, counts).map { weight, count in
      defer { start += count }
      return ConvolutionPart(
        name: String(weight.name.dropLast(".weight".count)), filters: start..<start + count)
    }
  }
}
