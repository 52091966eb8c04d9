import Core

extension Network {
  /// Sets every parameter and statistic to its start under `seed`.
  ///
  /// Convolutions: He-normal by fan-out, std √(2 / (K·taps)); their biases, where they have some, 0.
  /// Batch norms: scale 1, shift 0, running mean 0 and variance 1. Linear: uniform ±1/√fan-in, weights
  /// and bias. Element i of tensor t (in the order of the forward pass) reads the random numbers of
  /// stream t, element i.
  ///
  /// Where `names` is given, of the tensors that it picks by their names alone; under another purpose the
  /// values are others.
  package func initialize(
    seed: UInt64, purpose: RandomPurpose = .initialization, names: (String) -> Bool = { _ in true }
  ) {
    for (stream, tensor) in parameterLayout.tensors.enumerated() where names(tensor.name) {
      let random = AddressedRandom(seed: seed, purpose: purpose, stream: stream)
      tensor.write(tensor.initialValues(random), to: theta)
    }
    for tensor in statisticsLayout.tensors where names(tensor.name) {
      let random = AddressedRandom(seed: seed, purpose: purpose, stream: 0)
      tensor.write(tensor.initialValues(random), to: statistics)
    }
  }
}

extension TensorSpec {
  fileprivate func initialValues(_ random: AddressedRandom) -> [Float] {
    switch start {
    case .constant(let value): return Array(repeating: value, count: count)
    case .heNormal:
      let deviation = (2 / Double(shape[0] * shape[2] * shape[3])).squareRoot()
      return (0..<count).map { Float(random.normal($0) * deviation) }
    case .uniform(let fanIn):
      let bound = 1 / Double(fanIn).squareRoot()
      return (0..<count).map {
        let words = random.words($0)
        return Float((2 * AddressedRandom.unit(words[0], words[1]) - 1) * bound)
      }
    }
  }
}
