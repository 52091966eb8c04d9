import Core
import Network

extension FloatSlice {
  /// The XXH3-128 of the floats' bytes, padding included.
  var digest: Digest {
    let builder = DigestBuilder()
    withBytes { builder.update($0) }
    return builder.digest()
  }
}

/// The parts of a `StepVector` that are told apart where two of them differ: a tensor each.
struct StepTensors {
  let tensors: [(name: String, range: Range<Int>)]

  init(_ vector: StepVector, of network: Network) {
    let end = vector.parameters.upperBound
    var tensors = network.parameterLayout.tensors
      .filter { $0.range.upperBound <= end }
      .map { (name: "gradient/\($0.name)", range: $0.range) }
    tensors.append(("gradient/gate", vector.gate))
    let first = vector.statistics.lowerBound
    tensors += network.statisticsLayout.tensors.map {
      ("statistics/\($0.name)", first + $0.range.lowerBound..<first + $0.range.upperBound)
    }
    tensors.append(("scalars", vector.statistics.upperBound..<vector.count))
    self.tensors = tensors
  }

  var names: [String] { tensors.map(\.name) }

  /// A digest of each.
  func digests(_ vector: FloatSlice) -> [Digest] { tensors.map { vector[$0.range].digest } }
}
