import KernelInterface

extension VectorKernels {
  package static func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int
  ) -> Float {
    var sum = Vector()
    var i = 0
    while i + Layout.lanes <= count {
      sum.addProduct(load(a + i), load(b + i))
      i += Layout.lanes
    }
    for lane in 0..<(count - i) { sum[lane].addProduct(a[i + lane], b[i + lane]) }
    return sumByHalves(sum)
  }

  package static func addScaled(
    _ alpha: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, count: Int
  ) {
    let factor = Vector(repeating: alpha)
    var i = 0
    while i + Layout.lanes <= count {
      store(load(y + i).addingProduct(factor, load(x + i)), y + i)
      i += Layout.lanes
    }
    while i < count {
      y[i].addProduct(alpha, x[i])
      i += 1
    }
  }

  package static func add(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    var i = 0
    while i + Layout.lanes <= count {
      store(load(y + i) + load(x + i), y + i)
      i += Layout.lanes
    }
    while i < count {
      y[i] += x[i]
      i += 1
    }
  }

  package static func descend(
    _ step: DescentStep, gradient: UnsafePointer<Float>, velocity: UnsafeMutablePointer<Float>,
    parameters: UnsafeMutablePointer<Float>, count: Int
  ) {
    for i in 0..<count {
      let d = (gradient[i] * step.scale).addingProduct(step.decay, parameters[i])
      let v = d.addingProduct(step.momentum, velocity[i])
      velocity[i] = v
      let direction = step.nesterov ? d.addingProduct(step.momentum, v) : v
      parameters[i].addProduct(-step.rate, direction)
    }
  }

  package static func adapt(
    _ step: AdaptiveStep, gradient: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, parameters: UnsafeMutablePointer<Float>, count: Int
  ) {
    for i in 0..<count {
      let d = (gradient[i] * step.scale).addingProduct(step.decay, parameters[i])
      let m = mean[i].addingProduct(step.meanShare, d - mean[i])
      let s = (square[i] * step.squareKept).addingProduct(step.squareShare * d, d)
      mean[i] = m
      square[i] = s
      let root = step.epsilon.addingProduct(s.squareRoot(), step.rootFactor)
      parameters[i].addProduct(-step.rate, m / root)
    }
  }
}

extension VectorKernels {
  package static func multiplyAdd(rounds: Int) -> Float {
    #if KERNELS_AVX512
      typealias Sums = InlineArray<12, Vector>
    #else
      typealias Sums = InlineArray<6, Vector>
    #endif
    var sums = Sums(repeating: Vector())
    let factor = Vector(repeating: 0.5)
    let term = Vector(repeating: 1)
    for _ in 0..<(rounds * 12 / Sums.count) {
      for i in sums.indices { sums[i] = term.addingProduct(sums[i], factor) }
    }
    var total = Vector()
    for i in sums.indices { total += sums[i] }
    return sumByHalves(total)
  }
}

extension VectorKernels: KernelSet {}
