import Core
import Kernels
import TestSupport
import Testing

/// The kernels on maps and vectors against their formulas in Double.
@Suite struct MapKernelsTests {
  static let shapes = [
    MapShape(channels: 16, height: 32, width: 32, halo: 0),
    MapShape(channels: 64, height: 7, width: 7, halo: 0),
    MapShape(channels: 20, height: 5, width: 3, halo: 0),
    MapShape(channels: 1, height: 1, width: 1, halo: 0),
    MapShape(channels: 33, height: 2, width: 6, halo: 0),
  ]
  static let tolerance = 2e-6

  /// Everything that the kernels of one level make of seeded values, by name.
  private func results(_ shape: MapShape, _ level: CPULevel) -> [String: [Float]] {
    let kernels = MapKernels(level: level)
    let bordered = shape.withHalo(1)
    let inputs = Inputs(shape)
    func channels(_ values: [Float]) -> FloatSlice {
      FloatBuffer(values + Array(repeating: 0, count: shape.paddedChannels - values.count)).all
    }
    func empty(_ count: Int) -> FloatSlice { FloatBuffer(count).all }
    func shown(_ slice: FloatSlice) -> [Float] { Array(slice.array.prefix(shape.channels)) }
    var results: [String: [Float]] = [:]

    let y = shape.pack(inputs.y)
    let (sums, squares) = (empty(shape.paddedChannels), empty(shape.paddedChannels))
    kernels.moments(shape, of: y, sums: sums, squares: squares)
    results["sums"] = shown(sums)
    results["squares"] = shown(squares)

    let z = empty(bordered.count)
    kernels.normalize(
      y, scale: channels(inputs.a), shift: channels(inputs.b), into: z, bordered)
    results["normalize"] = bordered.unpack(z)
    #expect(
      z.array.filter { $0 != 0 }.count == bordered.unpack(z).filter { $0 != 0 }.count,
      "halo and padding stay zero")
    kernels.normalize(
      y, scale: channels(inputs.a), shift: channels(inputs.b), rectifies: false, into: z, bordered)
    results["normalizeOnly"] = bordered.unpack(z)
    for halo in [0, 1] {
      let other = shape.withHalo(halo)
      kernels.normalize(
        y, scale: channels(inputs.a), shift: channels(inputs.b),
        shortcut: (other.pack(inputs.shortcut), other), into: z, bordered)
      results["normalizeAdding \(halo)"] = bordered.unpack(z)
    }

    let dz = shape.pack(inputs.dz)
    kernels.maskGradient(
      bordered, z: z, y: y, mean: channels(inputs.c), dz: dz, sums: sums, products: squares)
    results["mask"] = shape.unpack(dz)
    results["maskSums"] = shown(sums)
    results["maskProducts"] = shown(squares)
    kernels.gradientSums(
      shape, y: y, mean: channels(inputs.c), dz: dz, sums: sums, products: squares)
    results["gradientSums"] = shown(sums)
    results["gradientProducts"] = shown(squares)

    let dy = empty(bordered.count)
    kernels.normalizeGradient(
      dz: dz, y: y, mean: channels(inputs.c), a: channels(inputs.a),
      b: channels(inputs.b), c: channels(inputs.c), into: dy, bordered)
    results["normalizeGradient"] = bordered.unpack(dy)

    let pooled = empty(shape.paddedChannels)
    kernels.averagePool(bordered, z, into: pooled)
    results["pool"] = shown(pooled)
    kernels.averagePoolGradient(shape, channels(inputs.a), into: dz)
    results["poolGradient"] = shape.unpack(dz)

    let a = FloatBuffer(inputs.y).all
    let b = FloatBuffer(inputs.dz).all
    results["dot"] = [kernels.dot(a, b)]
    kernels.addScaled(0.3, a, to: b)
    results["addScaled"] = b.array
    kernels.add(a, to: b)
    results["add"] = b.array
    for nesterov in [false, true] {
      let (v, theta) = (FloatBuffer(inputs.dz).all, FloatBuffer(inputs.shortcut).all)
      kernels.descend(
        DescentStep(scale: 0.25, decay: 0.05, momentum: 0.9, rate: 0.1, nesterov: nesterov),
        gradient: a, velocity: v, parameters: theta)
      results["velocity \(nesterov)"] = v.array
      results["theta \(nesterov)"] = theta.array
    }
    let (mean, square) = (FloatBuffer(inputs.dz).all, FloatBuffer(inputs.y).all)
    let theta = FloatBuffer(inputs.shortcut).all
    kernels.adapt(
      AdaptiveStep(
        scale: 0.25, decay: 0.05, epsilon: 0.01, meanShare: 0.1, squareKept: 0.99,
        squareShare: 0.01, rate: 0.2, rootFactor: 1.5),
      gradient: a, mean: mean, square: square, parameters: theta)
    results["mean"] = mean.array
    results["square"] = square.array
    results["adapted"] = theta.array
    return results
  }

  struct Inputs {
    let y: [Float], dz: [Float], shortcut: [Float], a: [Float], b: [Float], c: [Float]

    init(_ shape: MapShape) {
      var random = RandomValues(seed: UInt64(shape.count))
      let count = shape.channels * shape.pixels
      // A mean far from 0 shows sums that cancel.
      y = random.floats(count).map { $0 + 3 }
      dz = random.floats(count)
      shortcut = random.floats(count)
      a = random.floats(shape.channels)
      b = random.floats(shape.channels)
      c = random.floats(shape.channels)
    }
  }

  private func reference(_ shape: MapShape) -> [String: [Double]] {
    let inputs = Inputs(shape)
    let pixels = shape.pixels
    let all = 0..<shape.channels * pixels
    func perChannel(_ value: (Int) -> Double) -> [Double] {
      (0..<shape.channels).map { c in
        (c * pixels..<(c + 1) * pixels).reduce(0) { $0 + value($1) }
      }
    }
    func d(_ values: [Float], _ i: Int) -> Double { Double(values[i]) }
    func channel(_ values: [Float], _ i: Int) -> Double { Double(values[i / pixels]) }
    let sums = perChannel { d(inputs.y, $0) }
    let normalized = all.map { d(inputs.y, $0) * channel(inputs.a, $0) + channel(inputs.b, $0) }
    let added = all.map { max(0, normalized[$0] + d(inputs.shortcut, $0)) }
    let masked = all.map { added[$0] > 0 ? d(inputs.dz, $0) : 0 }
    var results: [String: [Double]] = [
      "sums": sums,
      "squares": perChannel {
        let deviation = d(inputs.y, $0) - sums[$0 / pixels] / Double(pixels)
        return deviation * deviation
      },
      "normalize": normalized.map { max(0, $0) },
      "normalizeOnly": normalized,
      "normalizeAdding 0": added,
      "normalizeAdding 1": added,
      "mask": masked,
      "maskSums": perChannel { masked[$0] },
      "maskProducts": perChannel { masked[$0] * (d(inputs.y, $0) - channel(inputs.c, $0)) },
      "gradientSums": perChannel { masked[$0] },
      "gradientProducts": perChannel { masked[$0] * (d(inputs.y, $0) - channel(inputs.c, $0)) },
      "normalizeGradient": all.map {
        channel(inputs.a, $0) * masked[$0]
          + channel(inputs.b, $0) * (d(inputs.y, $0) - channel(inputs.c, $0))
          + channel(inputs.c, $0)
      },
      "pool": perChannel { added[$0] }.map { $0 / Double(pixels) },
      "poolGradient": all.map { channel(inputs.a, $0) / Double(pixels) },
      "dot": [all.reduce(0) { $0 + d(inputs.y, $1) * d(inputs.dz, $1) }],
      "addScaled": all.map { d(inputs.dz, $0) + 0.3 * d(inputs.y, $0) },
      "add": all.map { d(inputs.dz, $0) + 1.3 * d(inputs.y, $0) },
    ]
    for nesterov in [false, true] {
      let steps = all.map { i in
        let gradient = 0.25 * d(inputs.y, i) + 0.05 * d(inputs.shortcut, i)
        let velocity = 0.9 * d(inputs.dz, i) + gradient
        return (velocity, nesterov ? gradient + 0.9 * velocity : velocity)
      }
      results["velocity \(nesterov)"] = steps.map(\.0)
      results["theta \(nesterov)"] = all.map { d(inputs.shortcut, $0) - 0.1 * steps[$0].1 }
    }
    let adapted = all.map { i in
      let gradient = 0.25 * d(inputs.y, i) + 0.05 * d(inputs.shortcut, i)
      let mean = 0.9 * d(inputs.dz, i) + 0.1 * gradient
      let square = 0.99 * d(inputs.y, i) + 0.01 * gradient * gradient
      let root = 1.5 * square.squareRoot() + 0.01
      return (mean: mean, square: square, theta: d(inputs.shortcut, i) - 0.2 * mean / root)
    }
    results["mean"] = adapted.map(\.mean)
    results["square"] = adapted.map(\.square)
    results["adapted"] = adapted.map(\.theta)
    return results
  }

  @Test(arguments: shapes) func matchTheirFormulas(_ shape: MapShape) {
    let expected = reference(shape)
    for level in testedLevels {
      let results = results(shape, level)
      #expect(Set(results.keys) == Set(expected.keys))
      for (name, values) in results {
        // A sum of values that cancel is compared with the size of its terms.
        let error = relativeError(values, expected[name] ?? [])
        let bound = name == "dot" ? 1e-5 : Self.tolerance
        #expect(error < bound, "\(name), \(level)")
      }
    }
  }

  @Test(
    .enabled(if: testedLevels.contains(.avx512), "SKIPPED: this CPU has no AVX-512"),
    arguments: shapes)
  func giveTheSameBitsOnBothLevels(_ shape: MapShape) {
    #expect(results(shape, .avx2) == results(shape, .avx512))
  }

  @Test func rectificationKeepsNaN() {
    let shape = MapShape(channels: 16, height: 1, width: 1, halo: 0)
    let one = FloatBuffer(Array(repeating: 1, count: 16)).all
    let y = FloatBuffer(Array(repeating: .nan, count: 16)).all
    let z = FloatBuffer(shape.withHalo(1).count).all
    MapKernels(level: .avx2).normalize(
      y, scale: one, shift: one, into: z, shape.withHalo(1))
    #expect(!shape.withHalo(1).unpack(z).contains { !$0.isNaN })
  }
}
