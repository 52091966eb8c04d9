/// Sixteen channels of one pixel.
typealias Vector = SIMD16<Float>

@inline(__always)
func load(_ p: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(p).loadUnaligned(as: Vector.self)
}

@inline(__always)
func store(_ v: Vector, _ p: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(p).storeBytes(of: v, as: Vector.self)
}

/// max(0, v), NaN for NaN.
@inline(__always)
func rectified(_ v: Vector) -> Vector {
  v.replacing(with: 0, where: v .<= 0)
}

/// The sum of 16 lanes by halves.
@inline(__always)
func sumByHalves(_ v: Vector) -> Float {
  let eight = v.lowHalf + v.highHalf
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// The kernels of the instruction set that this module is compiled for.
package enum VectorKernels {}
