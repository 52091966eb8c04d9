import Core
import Kernels

extension ResNet.Plan: NetworkPlan {
  var input: MapShape { stem.convolution.input }
  var convolutions: [Convolution] { units.map(\.convolution) }
  var features: [Convolution] { convolutions }

  var parameters: [TensorSpec] {
    let filters = (blocks.last?.units.last ?? stem).convolution.output.channels
    return units.flatMap { unit in
      let convolution = unit.convolution
      let filters = convolution.output.channels
      return [
        TensorSpec(
          name: "\(unit.name).weight",
          shape: [filters, convolution.input.channels, convolution.kernel, convolution.kernel],
          start: .heNormal, convolution: convolution),
        TensorSpec(name: "\(unit.norm).weight", shape: [filters], start: .constant(1)),
        TensorSpec(name: "\(unit.norm).bias", shape: [filters], start: .constant(0)),
      ]
    } + [
      TensorSpec(name: "fc.weight", shape: [classes, filters], start: .uniform(fanIn: filters)),
      TensorSpec(name: "fc.bias", shape: [classes], start: .uniform(fanIn: filters)),
    ]
  }

  var statistics: [TensorSpec] {
    units.flatMap { unit in
      let shape = [unit.convolution.output.channels]
      return [
        TensorSpec(name: "\(unit.norm).running_mean", shape: shape, start: .constant(0)),
        TensorSpec(name: "\(unit.norm).running_var", shape: shape, start: .constant(1)),
      ]
    }
  }

  func layers(_ resources: NetworkResources) -> NetworkLayers {
    let capacity = resources.capacity
    var inner: [InnerKey: Map] = [:]
    let built = blocks.map { block in
      ResidualBlock(
        units: block.units.map { ConvolutionNorm($0, resources: resources) },
        projection: block.projection.map {
          ConvolutionNorm($0, rectifies: false, resources: resources)
        }, capacity: capacity, team: resources.team
      ) { number, shape in
        let key = InnerKey(number: number, shape: shape)
        let map = inner[key] ?? Map(shape, capacity: capacity)
        inner[key] = map
        return map
      }
    }
    let stage = ConvolutionStage(
      ConvolutionNorm(stem, resources: resources), pooling: pooling, halo: blockHalo,
      capacity: capacity, level: resources.level)
    let head = GatedClassifier(
      shape: (built.last?.output ?? stage.output).shape, resources: resources)
    return NetworkLayers(stem: stage, blocks: built, head: head)
  }

  private struct InnerKey: Hashable {
    let number: Int
    let shape: MapShape
  }
}
