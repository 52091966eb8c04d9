import Core

extension Network {
  /// Sets every parameter and statistic to its start under `seed`.
  ///
  /// Convolutions: He-normal by fan-out, std √(2 / (K·taps)). Batch norms: scale 1, shift 0, running
  /// mean 0 and variance 1. Linear: uniform ±1/√K, weights and bias. Element i of tensor t (in the
  /// order of the forward pass) reads the random numbers of stream t, element i.
  public func initialize(seed: UInt64) {
    for (stream, tensor) in parameterLayout.tensors.enumerated() {
      let random = AddressedRandom(seed: seed, purpose: .initialization, stream: stream)
      let values: [Float]
      if tensor.shape.count == 4 {
        let deviation = (2 / Double(tensor.shape[0] * tensor.shape[2] * tensor.shape[3]))
          .squareRoot()
        values = (0..<tensor.count).map { Float(random.normal($0) * deviation) }
      } else if tensor.name.hasPrefix("fc.") {
        let bound = 1 / Double(filters).squareRoot()
        values = (0..<tensor.count).map {
          let words = random.words($0)
          return Float((2 * AddressedRandom.unit(words[0], words[1]) - 1) * bound)
        }
      } else {
        let isScale = tensor.name.hasSuffix(".weight")
        values = Array(repeating: isScale ? 1 : 0, count: tensor.count)
      }
      tensor.write(values, to: theta)
    }
    for tensor in statisticsLayout.tensors {
      let isVariance = tensor.name.hasSuffix("running_var")
      tensor.write(Array(repeating: isVariance ? 1 : 0, count: tensor.count), to: statistics)
    }
  }
}
