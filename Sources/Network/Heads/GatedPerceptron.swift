import Core
import Kernels

/// Gate → max pooling → linear layers with dropout: the end of AlexNet.
///
/// A net that flattens its last map is gated there, before pooling, where a filter is one channel.
/// Linear layers run over rows of 16 samples (`SampleRows`).
final class GatedPerceptron: Head {
  let logits: Logits
  private let filters: Int
  /// The last convolution's activations, plain; with the gate; and the gradient by them [N].
  private let input: Map, gated: Map, inputGradient: Map
  /// Means of the last activations, and the gradient by each image's gate row, [N][K].
  private let features: FloatSlice, rowGradients: FloatSlice
  private let pooling: MaxPooling, averaging: AdaptiveAveragePooling
  /// What each linear layer reads, [N/16]; and the gradients by it and by the logits.
  private let rows: Map
  private let gradients: [Map]
  private let layers: [ConvolutionBias]
  /// Before the first and the second linear layer.
  private let dropout: [Dropout]
  private let scratch: [Scratch]
  private let zeros: FloatSlice
  private let team: ThreadTeam
  private let kernels: MapKernels

  /// Maps of one image at a time.
  private struct Scratch {
    let pooled: FloatSlice, flattened: FloatSlice, last: FloatSlice, sums: FloatSlice
  }

  /// The head before it has buffers.
  struct Plan {
    let linear: [UnitPlan]
    let pooling: PoolingPlan
    /// The map behind the max pooling, and as the linear layers read it.
    let pooled: MapShape, flattened: MapShape
  }

  init(_ plan: Plan, input: Map, resources: NetworkResources) {
    precondition(input.shape.halo == 0, "the head reads a plain map")
    let capacity = resources.capacity
    let maps = SampleRows.count(samples: capacity)
    self.input = input
    team = resources.team
    kernels = MapKernels(level: resources.level)
    filters = input.shape.channels
    precondition(filters == input.shape.paddedChannels, "the last filters come in whole blocks")
    logits = Logits(classes: resources.classes, capacity: capacity)
    gated = Map(input.shape, capacity: capacity)
    inputGradient = Map(input.shape, capacity: capacity)
    features = FloatBuffer(capacity * filters).all
    rowGradients = FloatBuffer(capacity * filters).all
    zeros = FloatBuffer(filters).all
    let window = plan.pooling
    pooling = MaxPooling(
      input: input.shape, output: plan.pooled, size: window.size, stride: window.stride,
      padding: window.padding, level: resources.level)
    averaging = AdaptiveAveragePooling(input: plan.pooled, output: plan.flattened)
    rows = Map(plan.linear[0].convolution.input, capacity: maps)
    layers = plan.linear.enumerated().map { i, unit in
      ConvolutionBias(
        unit, rectifies: i + 1 < plan.linear.count, capacity: maps, resources: resources)
    }
    gradients = ([rows] + layers.map(\.z)).map { Map($0.shape, capacity: maps) }
    let flattened = plan.flattened
    dropout = [
      Dropout(
        rate: resources.dropout, layer: 0, width: flattened.count, capacity: capacity,
        order: { i in
          let (c, pixel) = i.quotientAndRemainder(dividingBy: flattened.pixels)
          return flattened.index(c, 0, 0) + pixel * flattened.lanes
        }),
      Dropout(
        rate: resources.dropout, layer: 1, width: layers[0].z.shape.channels, capacity: capacity),
    ]
    scratch = (0..<team.count).map { _ in
      Scratch(
        pooled: FloatBuffer(plan.pooled.count).all, flattened: FloatBuffer(flattened.count).all,
        last: FloatBuffer(input.shape.count).all,
        sums: FloatBuffer(input.shape.paddedChannels).all)
    }
  }

  var gradientEnd: Int { layers[0].gradientEnd }

  func features(_ n: Int) -> FloatSlice { features[n * filters..<(n + 1) * filters] }

  private func rowGradient(_ n: Int) -> FloatSlice {
    rowGradients[n * filters..<(n + 1) * filters]
  }

  func pool(_ z: FloatSlice, _ n: Int) { kernels.averagePool(input.shape, z, into: features(n)) }

  func spread(_ n: Int, into dz: FloatSlice) { dz.copy(from: inputGradient[n]) }

  // MARK: Forward

  /// Overwrites the logits of `images`, which fill the rows from the first on.
  func forward(
    _ images: Range<Int>, gateRow: (Int) -> FloatSlice?, theta: FloatSlice,
    addresses: SampleAddresses?
  ) {
    let count = images.count
    team.forEach(count) { i, thread in
      let scratch = self.scratch[thread]
      let n = images.lowerBound + i
      var last = input[n]
      if let row = gateRow(n) {
        multiply(last, by: row, into: gated[n])
        last = gated[n]
      }
      pooling.forward(last, into: scratch.pooled)
      averaging.forward(scratch.pooled, into: scratch.flattened)
      for dropout in self.dropout { dropout.draw(i, addresses) }
      let factors = dropout[0].factors(i)
      for j in 0..<factors.count {
        rows.storage[SampleRows.place(i, j, in: rows.shape)] = scratch.flattened[j] * factors[j]
      }
    }
    let maps = SampleRows.count(samples: count)
    layers[0].forward(rows, count: maps, theta: theta) { _ in }
    layers[1].forward(layers[0].z, count: maps, theta: theta) { map in
      layers[0].activate(map)
      drop(layers[0].z, map, count: count)
    }
    layers[2].forward(layers[1].z, count: maps, theta: theta) { layers[1].activate($0) }
    team.forEach(maps) { map, _ in layers[2].activate(map) }
    for (i, n) in images.enumerated() {
      let logits = logits[n]
      let z = layers[2].z
      for c in 0..<logits.count { logits[c] = z.storage[SampleRows.place(i, c, in: z.shape)] }
    }
  }

  /// Overwrites a map by one whose channels are multiplied by a gate row.
  private func multiply(_ map: FloatSlice, by row: FloatSlice, into product: FloatSlice) {
    kernels.normalize(
      map, scale: row, shift: zeros, rectifies: false, into: product, input.shape)
  }

  /// Multiplies the samples of one map of hidden rows, or of their gradient, by their factors.
  private func drop(_ rows: Map, _ map: Int, count: Int) {
    let first = map * SampleRows.columns
    for n in first..<min(first + SampleRows.columns, count) {
      let factors = dropout[1].factors(n)
      for i in 0..<factors.count {
        rows.storage[SampleRows.place(n, i, in: rows.shape)] *= factors[i]
      }
    }
  }

  // MARK: Backward

  func backward(
    _ images: Range<Int>, gateRow: (Int) -> FloatSlice?, theta: FloatSlice, pass: BackwardPass,
    gradient: FloatSlice?, gateGradient: (Int) -> FloatSlice?, adds: Bool
  ) {
    let count = images.count
    let maps = SampleRows.count(samples: count)
    let byLogits = gradients[3]
    for (i, n) in images.enumerated() {
      let delta = logits.gradient(n)
      for c in 0..<delta.count {
        byLogits.storage[SampleRows.place(i, c, in: byLogits.shape)] = delta[c]
      }
    }
    SampleRows.clear(byLogits, past: count)
    team.forEach(maps) { map, _ in layers[2].takeGradient(map, dz: byLogits[map], pass: pass) }
    func backward(_ layer: Int, _ x: Map, after: (Int) -> Void) {
      layers[layer].differentiate(
        x, dz: gradients[layer + 1], into: gradients[layer], adding: false, slots: 0..<maps,
        theta: theta, pass: pass, gradient: gradient, after: after)
    }
    backward(2, layers[1].z) { layers[1].takeGradient($0, dz: gradients[2][$0], pass: pass) }
    backward(1, layers[0].z) { map in
      drop(gradients[1], map, count: count)
      layers[0].takeGradient(map, dz: gradients[1][map], pass: pass)
    }
    backward(0, rows) { _ in }
    team.forEach(count) { i, thread in
      takeInputGradient(
        images.lowerBound + i, row: i, gateRow: gateRow(images.lowerBound + i), adds: adds,
        scratch[thread])
    }
    for n in images {
      if let byRow = gateGradient(n) { kernels.add(rowGradient(n), to: byRow) }
    }
  }

  private func takeInputGradient(
    _ n: Int, row: Int, gateRow: FloatSlice?, adds: Bool, _ scratch: Scratch
  ) {
    let byRows = gradients[0]
    let factors = dropout[0].factors(row)
    for i in 0..<factors.count {
      scratch.flattened[i] =
        byRows.storage[SampleRows.place(row, i, in: byRows.shape)] * factors[i]
    }
    averaging.gradient(scratch.flattened, into: scratch.pooled)
    let byInput = inputGradient[n]
    guard let gateRow else {
      pooling.gradient(scratch.pooled, input: input[n], into: scratch.last)
      return take(scratch.last, into: byInput, adds: adds)
    }
    let byGated = gated[n]
    pooling.gradient(scratch.pooled, input: gated[n], into: scratch.last)
    kernels.gradientSums(
      input.shape, y: input[n], mean: zeros, dz: scratch.last, sums: scratch.sums,
      products: rowGradient(n))
    // The gated map has served.
    multiply(scratch.last, by: gateRow, into: byGated)
    take(byGated, into: byInput, adds: adds)
  }

  private func take(_ part: FloatSlice, into whole: FloatSlice, adds: Bool) {
    if adds { kernels.add(part, to: whole) } else { whole.copy(from: part) }
  }
}
