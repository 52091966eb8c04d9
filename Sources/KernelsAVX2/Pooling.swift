import KernelInterface

extension VectorKernels {
  package static func averagePool(
    _ extent: MapExtent, z: UnsafePointer<Float>, means: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<extent.blocks { store(Vector(), means + block * Layout.lanes) }
    forEachRow(extent) { channels, _, bordered in
      var sum = load(means + channels)
      for column in 0..<extent.columns { sum += load(z + bordered + column * Layout.lanes) }
      store(sum, means + channels)
    }
    let pixels = Float(extent.rows * extent.columns)
    for block in 0..<extent.blocks {
      let mean = means + block * Layout.lanes
      store(load(mean) / pixels, mean)
    }
  }

  package static func averagePoolGradient(
    _ extent: MapExtent, gradient: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>
  ) {
    let pixels = extent.rows * extent.columns
    for block in 0..<extent.blocks {
      let share = load(gradient + block * Layout.lanes) / Float(pixels)
      for pixel in 0..<pixels { store(share, dz + (block * pixels + pixel) * Layout.lanes) }
    }
  }
}
