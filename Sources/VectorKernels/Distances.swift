import KernelInterface

/// Eight points' numbers.
private typealias Eight = SIMD8<Double>

/// Squared distances of eight points from four centres: each pair's own chain, features in order,
/// product and sum rounded apart, so that every instruction set gives the same bits.
@inline(__always)
private func distances(
  points: UnsafePointer<Float>, centers: UnsafePointer<Double>, features: Int
) -> (Eight, Eight, Eight, Eight) {
  var (a, b, c, d) = (Eight(), Eight(), Eight(), Eight())
  for k in 0..<features {
    let p = UnsafeRawPointer(points + 8 * k).loadUnaligned(as: SIMD8<Float>.self)
    let x = Eight(
      Double(p[0]), Double(p[1]), Double(p[2]), Double(p[3]), Double(p[4]), Double(p[5]),
      Double(p[6]), Double(p[7]))
    let center = centers + 4 * k
    let (e, f) = (x - Eight(repeating: center[0]), x - Eight(repeating: center[1]))
    let (g, h) = (x - Eight(repeating: center[2]), x - Eight(repeating: center[3]))
    a += e * e
    b += f * f
    c += g * g
    d += h * h
  }
  return (a, b, c, d)
}

extension VectorKernels {
  package static func squaredDistances(
    points: UnsafePointer<Float>, centers: UnsafePointer<Double>, features: Int,
    distances result: UnsafeMutablePointer<Double>
  ) {
    let (a, b, c, d) = distances(points: points, centers: centers, features: features)
    let place = UnsafeMutableRawPointer(result)
    let stride = 8 * MemoryLayout<Double>.size
    place.storeBytes(of: a, as: Eight.self)
    place.storeBytes(of: b, toByteOffset: stride, as: Eight.self)
    place.storeBytes(of: c, toByteOffset: 2 * stride, as: Eight.self)
    place.storeBytes(of: d, toByteOffset: 3 * stride, as: Eight.self)
  }

  package static func takeNearest(
    points: UnsafePointer<Float>, centers: UnsafePointer<Double>, features: Int,
    numbers: UnsafePointer<Int64>, nearest: UnsafeMutablePointer<Int64>,
    distances least: UnsafeMutablePointer<Double>
  ) {
    let found = distances(points: points, centers: centers, features: features)
    var number = UnsafeRawPointer(nearest).loadUnaligned(as: SIMD8<Int64>.self)
    var distance = UnsafeRawPointer(least).loadUnaligned(as: Eight.self)
    @inline(__always) func compare(_ candidate: Eight, _ center: Int64) {
      let isTaken =
        (candidate .< distance) .| ((candidate .== distance) .& (center .< number))
      distance.replace(with: candidate, where: isTaken)
      number.replace(with: center, where: isTaken)
    }
    compare(found.0, numbers[0])
    compare(found.1, numbers[1])
    compare(found.2, numbers[2])
    compare(found.3, numbers[3])
    UnsafeMutableRawPointer(nearest).storeBytes(of: number, as: SIMD8<Int64>.self)
    UnsafeMutableRawPointer(least).storeBytes(of: distance, as: Eight.self)
  }
}
