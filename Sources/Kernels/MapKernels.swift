import Core
import KernelInterface

/// The numbers of one SGD step.
package typealias DescentStep = KernelInterface.DescentStep

/// The numbers of one Adam step.
package typealias AdaptiveStep = KernelInterface.AdaptiveStep

/// The kernels on maps of one image and on vectors, checked: sizes that do not fit are the caller's
/// bug. Formulas and orders of addition: `KernelSet`.
package struct MapKernels: Sendable {
  private let kernels: any KernelSet.Type

  /// The kernels of a CPU level.
  package init(level: CPULevel) { kernels = level.kernels }

  private func require(_ condition: Bool) {
    precondition(condition, "arguments do not fit the map")
  }

  /// Overwrites `sums` by Σ y and `squares` by Σ (y − mean)² of a plain map, a channel each.
  package func moments(_ shape: MapShape, of y: FloatSlice, sums: FloatSlice, squares: FloatSlice) {
    require(shape.halo == 0 && y.count == shape.count)
    require(sums.count == shape.paddedChannels && squares.count == shape.paddedChannels)
    kernels.moments(
      shape.extent(halo: 0), y: y.pointer, sums: sums.pointer, squares: squares.pointer)
  }

  /// Overwrites the inside of z (shape `bordered`) by max(0, y·scale + shift + shortcut), y plain;
  /// the shortcut's border may be another. Without `rectifies` the maximum is left out.
  package func normalize(
    _ y: FloatSlice, scale: FloatSlice, shift: FloatSlice,
    shortcut: (map: FloatSlice, shape: MapShape)? = nil, rectifies: Bool = true,
    into z: FloatSlice, _ bordered: MapShape
  ) {
    require(y.count == bordered.withHalo(0).count && z.count == bordered.count)
    require(scale.count == bordered.paddedChannels && shift.count == bordered.paddedChannels)
    let extent = bordered.extent(halo: bordered.halo)
    if let shortcut {
      require(rectifies && shortcut.map.count == shortcut.shape.count)
      require(shortcut.shape.withHalo(0) == bordered.withHalo(0))
      kernels.normalizeAdding(
        extent, y: y.pointer, scale: scale.pointer, shift: shift.pointer,
        shortcut: shortcut.map.pointer, shortcutHalo: shortcut.shape.halo, z: z.pointer)
    } else {
      kernels.normalize(
        extent, y: y.pointer, scale: scale.pointer, shift: shift.pointer, rectifies: rectifies,
        z: z.pointer)
    }
  }

  /// Sets plain dz to 0 where z (shape `bordered`) is not above 0; overwrites Σ dz and
  /// Σ dz·(y − mean).
  package func maskGradient(
    _ bordered: MapShape, z: FloatSlice, y: FloatSlice, mean: FloatSlice, dz: FloatSlice,
    sums: FloatSlice, products: FloatSlice
  ) {
    let plain = bordered.withHalo(0)
    require(y.count == plain.count && dz.count == plain.count && z.count == bordered.count)
    require(mean.count == plain.paddedChannels)
    require(sums.count == plain.paddedChannels && products.count == plain.paddedChannels)
    kernels.maskGradient(
      bordered.extent(halo: bordered.halo), z: z.pointer, y: y.pointer, mean: mean.pointer,
      dz: dz.pointer, sums: sums.pointer, products: products.pointer)
  }

  /// Overwrites Σ dz and Σ dz·(y − mean) of plain maps.
  package func gradientSums(
    _ plain: MapShape, y: FloatSlice, mean: FloatSlice, dz: FloatSlice, sums: FloatSlice,
    products: FloatSlice
  ) {
    require(plain.halo == 0 && y.count == plain.count && dz.count == plain.count)
    require(mean.count == plain.paddedChannels)
    require(sums.count == plain.paddedChannels && products.count == plain.paddedChannels)
    kernels.gradientSums(
      plain.extent(halo: 0), y: y.pointer, mean: mean.pointer, dz: dz.pointer,
      sums: sums.pointer, products: products.pointer)
  }

  /// Overwrites the inside of dy (shape `bordered`) by a·dz + (b·(y − mean) + c), dz and y plain.
  package func normalizeGradient(
    dz: FloatSlice, y: FloatSlice, mean: FloatSlice, a: FloatSlice, b: FloatSlice, c: FloatSlice,
    into dy: FloatSlice, _ bordered: MapShape
  ) {
    let plain = bordered.withHalo(0)
    require(y.count == plain.count && dz.count == plain.count && dy.count == bordered.count)
    require(mean.count == plain.paddedChannels && a.count == plain.paddedChannels)
    require(b.count == plain.paddedChannels && c.count == plain.paddedChannels)
    kernels.normalizeGradient(
      bordered.extent(halo: bordered.halo), dz: dz.pointer, y: y.pointer, mean: mean.pointer,
      a: a.pointer, b: b.pointer, c: c.pointer, dy: dy.pointer)
  }

  /// Overwrites `means` by each channel's mean over z (shape `bordered`).
  package func averagePool(_ bordered: MapShape, _ z: FloatSlice, into means: FloatSlice) {
    require(z.count == bordered.count && means.count == bordered.paddedChannels)
    kernels.averagePool(
      bordered.extent(halo: bordered.halo), z: z.pointer, means: means.pointer)
  }

  /// Overwrites plain dz by `gradient` / (H·W).
  package func averagePoolGradient(_ plain: MapShape, _ gradient: FloatSlice, into dz: FloatSlice) {
    require(plain.halo == 0 && dz.count == plain.count && gradient.count == plain.paddedChannels)
    kernels.averagePoolGradient(
      plain.extent(halo: 0), gradient: gradient.pointer, dz: dz.pointer)
  }

  /// Σ a·b.
  package func dot(_ a: FloatSlice, _ b: FloatSlice) -> Float {
    require(a.count == b.count)
    return kernels.dot(a.pointer, b.pointer, count: a.count)
  }

  /// y ← y + alpha·x.
  package func addScaled(_ alpha: Float, _ x: FloatSlice, to y: FloatSlice) {
    require(x.count == y.count)
    kernels.addScaled(alpha, x.pointer, y.pointer, count: x.count)
  }

  /// y ← y + x.
  package func add(_ x: FloatSlice, to y: FloatSlice) {
    require(x.count == y.count)
    kernels.add(x.pointer, to: y.pointer, count: x.count)
  }

  /// y ← y rounded to bfloat16.
  package func roundToBFloat16(_ y: FloatSlice) {
    kernels.roundToBFloat16(y.pointer, count: y.count)
  }

  /// y ← y + x, rounded to bfloat16.
  package func addRounding(_ x: FloatSlice, to y: FloatSlice) {
    require(x.count == y.count)
    kernels.addRounding(x.pointer, to: y.pointer, count: x.count)
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

  /// One step of Adam on `parameters`.
  package func adapt(
    _ step: AdaptiveStep, gradient: FloatSlice, mean: FloatSlice, square: FloatSlice,
    parameters: FloatSlice
  ) {
    require(gradient.count == parameters.count)
    require(mean.count == parameters.count && square.count == parameters.count)
    kernels.adapt(
      step, gradient: gradient.pointer, mean: mean.pointer, square: square.pointer,
      parameters: parameters.pointer, count: parameters.count)
  }
}
