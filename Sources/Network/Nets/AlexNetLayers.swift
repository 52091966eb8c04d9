import Core
import Kernels

extension AlexNet.Plan: NetworkPlan {
  var input: MapShape { stages[0].convolution.input }
  var convolutions: [Convolution] { (stages + head.linear).map(\.convolution) }
  var features: [Convolution] { stages.map(\.convolution) }
  var statistics: [TensorSpec] { [] }

  var parameters: [TensorSpec] {
    let features = stages.flatMap { unit in
      let convolution = unit.convolution
      let filters = convolution.output.channels
      return [
        TensorSpec(
          name: "\(unit.name).weight",
          shape: [filters, convolution.input.channels, convolution.kernel, convolution.kernel],
          start: .heNormal, convolution: convolution),
        TensorSpec(name: "\(unit.name).bias", shape: [filters], start: .constant(0)),
      ]
    }
    let classifier = head.linear.enumerated().flatMap { i, unit in
      let (inputs, outputs) = (unit.convolution.input.channels, unit.convolution.output.channels)
      return [
        TensorSpec(
          name: "\(unit.name).weight", shape: [outputs, inputs], start: .uniform(fanIn: inputs),
          convolution: unit.convolution, flattenedPixels: i == 0 ? head.flattened.pixels : 1),
        TensorSpec(name: "\(unit.name).bias", shape: [outputs], start: .uniform(fanIn: inputs)),
      ]
    }
    return features + classifier
  }

  func layers(_ resources: NetworkResources) -> NetworkLayers {
    let stages = zip(self.stages, net.convolutions).enumerated().map { i, stage in
      let (unit, layer) = stage
      let next = i + 1 < self.stages.count ? self.stages[i + 1].convolution.input.halo : 0
      return ConvolutionStage(
        ConvolutionBias(unit, rectifies: true, capacity: resources.capacity, resources: resources),
        // The gate sits before the last pooling, which so is the head's.
        pooling: layer.isPooled && i + 1 < self.stages.count ? net.pooling : nil, halo: next,
        capacity: resources.capacity, level: resources.level)
    }
    return NetworkLayers(
      stem: stages[0], blocks: Array(stages.dropFirst()),
      head: GatedPerceptron(
        head, input: stages[stages.count - 1].output, resources: resources))
  }
}
