import Core
import Kernels

extension ResNet.Plan: NetworkPlan {
  var input: MapShape { stem.convolution.input }
  var convolutions: [Convolution] { units.map(\.convolution) }

  var parameters: [TensorSpec] {
    let filters = (blocks.last?.units.last ?? stem).convolution.output.channels
    return units.flatMap { unit in
      let convolution = unit.convolution
      let filters = convolution.output.channels
      return [
        TensorSpec(
          name: "\(unit.convolutionName).weight",
          shape: [filters, convolution.input.channels, convolution.kernel, convolution.kernel],
          start: .heNormal, convolution: convolution),
        TensorSpec(name: "\(unit.normName).weight", shape: [filters], start: .constant(1)),
        TensorSpec(name: "\(unit.normName).bias", shape: [filters], start: .constant(0)),
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
        TensorSpec(name: "\(unit.normName).running_mean", shape: shape, start: .constant(0)),
        TensorSpec(name: "\(unit.normName).running_var", shape: shape, start: .constant(1)),
      ]
    }
  }

  func layers(_ resources: NetworkResources) -> NetworkLayers {
    let capacity = resources.capacity
    func unit(_ unit: ResNet.Unit, rectifies: Bool = true) -> ConvolutionNorm {
      ConvolutionNorm(
        unit, rectifies: rectifies, parameters: resources.parameters,
        statistics: resources.statistics, capacity: capacity, workspace: resources.workspace,
        replicas: resources.normReplicas, level: resources.level)
    }
    var inner: [InnerKey: Map] = [:]
    let built = blocks.map { block in
      ResidualBlock(
        units: block.units.map { unit($0) },
        projection: block.projection.map { unit($0, rectifies: false) }, capacity: capacity,
        team: resources.team
      ) { number, shape in
        let key = InnerKey(number: number, shape: shape)
        let map = inner[key] ?? Map(shape, capacity: capacity)
        inner[key] = map
        return map
      }
    }
    let stage = ConvolutionStage(
      unit(stem), pooling: pooling, halo: blockHalo, capacity: capacity, level: resources.level)
    let head = GatedClassifier(
      shape: (built.last?.output ?? stage.output).shape, classes: classes,
      parameters: resources.parameters, capacity: capacity, team: resources.team,
      level: resources.level)
    return NetworkLayers(stem: stage, blocks: built, head: head)
  }

  private struct InnerKey: Hashable {
    let number: Int
    let shape: MapShape
  }
}
