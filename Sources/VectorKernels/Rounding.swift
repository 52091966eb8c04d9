import KernelInterface

/// v rounded to bfloat16, the upper half of a float32. To add half of the last place that stays, less one where that
/// is even, carries where the nearest is the next: into the exponent too, and from the largest to infinity.
@inline(__always)
private func rounded(_ v: Vector) -> Vector {
  let bits = unsafeBitCast(v, to: SIMD16<UInt32>.self)
  let nearest = bits &+ 0x7FFF &+ ((bits &>> 16) & 1)
  let quiet = bits | 0x0040_0000
  let kept = quiet.replacing(with: nearest, where: v .== v) & 0xFFFF_0000
  return unsafeBitCast(kept, to: Vector.self)
}

@inline(__always)
private func rounded(_ value: Float) -> Float {
  let bits = value.bitPattern
  let nearest = bits &+ 0x7FFF &+ ((bits &>> 16) & 1)
  return Float(bitPattern: (value == value ? nearest : bits | 0x0040_0000) & 0xFFFF_0000)
}

extension VectorKernels {
  package static func roundToBFloat16(_ y: UnsafeMutablePointer<Float>, count: Int) {
    var i = 0
    while i + Layout.lanes <= count {
      store(rounded(load(y + i)), y + i)
      i += Layout.lanes
    }
    while i < count {
      y[i] = rounded(y[i])
      i += 1
    }
  }

  package static func addRounding(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    var i = 0
    while i + Layout.lanes <= count {
      store(rounded(load(y + i) + load(x + i)), y + i)
      i += Layout.lanes
    }
    while i < count {
      y[i] = rounded(y[i] + x[i])
      i += 1
    }
  }
}
