import Core
import KernelInterface

/// The numbers of one SGD step.
package typealias DescentStep = KernelInterface.DescentStep

/// The kernels on maps of one image and on vectors, checked: sizes that do not fit are the caller's
/// bug. Formulas and orders of addition: `KernelSet`.
public struct MapKernels: Sendable {
  private let kernels: any KernelSet.Type

  /// The kernels of a CPU level.
  public init(level: CPULevel) { kernels = level.kernels }

  private func require(_ condition: Bool) {
    precondition(condition, "arguments do not fit the map")
  }

  /// Overwrites `sums` by Σ y and `squares` by Σ (y − mean)² of a plain map, a channel each.
  public func moments(_ shape: MapShape, of y: FloatSlice, sums: FloatSlice, squares: FloatSlice) {
    require(shape.halo == 0 && y.count == shape.count)
    require(sums.count == shape.paddedChannels && squares.count == shape.paddedChannels)
    kernels.moments(shape.extent, y: y.pointer, sums: sums.pointer, squares: squares.pointer)
  }

  /// Overwrites bordered z by max(0, y·scale + shift + shortcut); y plain, the shortcut bordered.
  public func normalize(
    _ shape: MapShape, _ y: FloatSlice, scale: FloatSlice, shift: FloatSlice,
    shortcut: FloatSlice?, into z: FloatSlice
  ) {
    let bordered = shape.withHalo(1)
    require(shape.halo == 0 && y.count == shape.count && z.count == bordered.count)
    require(scale.count == shape.paddedChannels && shift.count == shape.paddedChannels)
    if let shortcut {
      require(shortcut.count == bordered.count)
      kernels.normalizeAdding(
        shape.extent, y: y.pointer, scale: scale.pointer, shift: shift.pointer,
        shortcut: shortcut.pointer, z: z.pointer)
    } else {
      kernels.normalize(
        shape.extent, y: y.pointer, scale: scale.pointer, shift: shift.pointer, z: z.pointer)
    }
  }

  /// Sets plain dz to 0 where bordered z is not above 0; overwrites Σ dz and Σ dz·(y − mean).
  public func maskGradient(
    _ shape: MapShape, z: FloatSlice, y: FloatSlice, mean: FloatSlice, dz: FloatSlice,
    sums: FloatSlice, products: FloatSlice
  ) {
    require(shape.halo == 0 && y.count == shape.count && dz.count == shape.count)
    require(z.count == shape.withHalo(1).count && mean.count == shape.paddedChannels)
    require(sums.count == shape.paddedChannels && products.count == shape.paddedChannels)
    kernels.maskGradient(
      shape.extent, z: z.pointer, y: y.pointer, mean: mean.pointer, dz: dz.pointer,
      sums: sums.pointer, products: products.pointer)
  }

  /// Overwrites bordered dy by a·dz + (b·(y − mean) + c).
  public func normalizeGradient(
    _ shape: MapShape, dz: FloatSlice, y: FloatSlice, mean: FloatSlice, a: FloatSlice,
    b: FloatSlice, c: FloatSlice, into dy: FloatSlice
  ) {
    require(shape.halo == 0 && y.count == shape.count && dz.count == shape.count)
    require(dy.count == shape.withHalo(1).count)
    for channels in [mean, a, b, c] { require(channels.count == shape.paddedChannels) }
    kernels.normalizeGradient(
      shape.extent, dz: dz.pointer, y: y.pointer, mean: mean.pointer, a: a.pointer, b: b.pointer,
      c: c.pointer, dy: dy.pointer)
  }

  /// Overwrites `means` by each channel's mean over bordered z.
  public func averagePool(_ shape: MapShape, _ z: FloatSlice, into means: FloatSlice) {
    require(z.count == shape.withHalo(1).count && means.count == shape.paddedChannels)
    kernels.averagePool(shape.extent, z: z.pointer, means: means.pointer)
  }

  /// Overwrites plain dz by `gradient` / (H·W).
  public func averagePoolGradient(_ shape: MapShape, _ gradient: FloatSlice, into dz: FloatSlice) {
    require(dz.count == shape.withHalo(0).count && gradient.count == shape.paddedChannels)
    kernels.averagePoolGradient(shape.extent, gradient: gradient.pointer, dz: dz.pointer)
  }

  /// Σ a·b.
  public func dot(_ a: FloatSlice, _ b: FloatSlice) -> Float {
    require(a.count == b.count)
    return kernels.dot(a.pointer, b.pointer, count: a.count)
  }

  /// y ← y + alpha·x.
  public func addScaled(_ alpha: Float, _ x: FloatSlice, to y: FloatSlice) {
    require(x.count == y.count)
    kernels.addScaled(alpha, x.pointer, y.pointer, count: x.count)
  }

  /// y ← y + x.
  public func add(_ x: FloatSlice, to y: FloatSlice) {
    require(x.count == y.count)
    kernels.add(x.pointer, to: y.pointer, count: x.count)
  }

  /// One step of SGD on `parameters`.
  package func descend(
    _ step: DescentStep, gradient: FloatSlice, velocity: FloatSlice, parameters: FloatSlice
  ) {
    require(gradient.count == parameters.count && velocity.count == parameters.count)
    kernels.descend(
      step, gradient: gradient.pointer, velocity: velocity.pointer,
      parameters: parameters.pointer, count: parameters.count)
  }
}
