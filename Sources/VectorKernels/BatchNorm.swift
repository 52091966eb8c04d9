import KernelInterface

/// Four partial sums, by column mod 4, so that additions do not wait for each other.
private struct PixelSums {
  var parts = InlineArray<4, Vector>(repeating: Vector())

  @inline(__always)
  func total() -> Vector { (parts[0] + parts[1]) + (parts[2] + parts[3]) }
}

extension VectorKernels {
  package static func moments(
    _ extent: MapExtent, y: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>
  ) {
    let pixels = extent.rows * extent.columns
    for block in 0..<extent.blocks {
      let map = y + block * pixels * Layout.lanes
      var sum = PixelSums()
      forEachPixel(extent) { pixel, _, part in
        sum.parts[part] += load(map + pixel)
      }
      let total = sum.total()
      let mean = total / Float(pixels)
      var square = PixelSums()
      forEachPixel(extent) { pixel, _, part in
        let deviation = load(map + pixel) - mean
        square.parts[part].addProduct(deviation, deviation)
      }
      store(total, sums + block * Layout.lanes)
      store(square.total(), squares + block * Layout.lanes)
    }
  }

  /// Calls `body` for every pixel of one block, row by row, with its offset in a plain map, its
  /// offset in a bordered one, and its column mod 4 (known when compiling).
  @inline(__always)
  private static func forEachPixel(_ extent: MapExtent, _ body: (Int, Int, Int) -> Void) {
    let step = Layout.lanes
    for row in 0..<extent.rows {
      var plain = row * extent.columns * step
      var bordered = extent.bordered(block: 0, row: row, halo: extent.halo)
      for _ in 0..<(extent.columns / 4) {
        body(plain, bordered, 0)
        body(plain + step, bordered + step, 1)
        body(plain + 2 * step, bordered + 2 * step, 2)
        body(plain + 3 * step, bordered + 3 * step, 3)
        plain += 4 * step
        bordered += 4 * step
      }
      let rest = extent.columns % 4
      if rest > 0 { body(plain, bordered, 0) }
      if rest > 1 { body(plain + step, bordered + step, 1) }
      if rest > 2 { body(plain + 2 * step, bordered + 2 * step, 2) }
    }
  }

  package static func normalize(
    _ extent: MapExtent, y: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    shift: UnsafePointer<Float>, rectifies: Bool, z: UnsafeMutablePointer<Float>
  ) {
    forEachRow(extent) { channels, plain, bordered in
      let a = load(scale + channels)
      let b = load(shift + channels)
      for column in 0..<extent.columns {
        let at = column * Layout.lanes
        let normalized = b.addingProduct(load(y + plain + at), a)
        store(rectifies ? rectified(normalized) : normalized, z + bordered + at)
      }
    }
  }

  package static func normalizeAdding(
    _ extent: MapExtent, y: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    shift: UnsafePointer<Float>, shortcut: UnsafePointer<Float>, shortcutHalo: Int,
    z: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<extent.blocks {
      let a = load(scale + block * Layout.lanes)
      let b = load(shift + block * Layout.lanes)
      for row in 0..<extent.rows {
        let from = y + (block * extent.rows + row) * extent.columns * Layout.lanes
        let added = shortcut + extent.bordered(block: block, row: row, halo: shortcutHalo)
        let to = z + extent.bordered(block: block, row: row, halo: extent.halo)
        for column in 0..<extent.columns {
          let at = column * Layout.lanes
          let normalized = b.addingProduct(load(from + at), a)
          store(rectified(normalized + load(added + at)), to + at)
        }
      }
    }
  }

  package static func maskGradient(
    _ extent: MapExtent, z: UnsafePointer<Float>, y: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Float>, products: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<extent.blocks {
      let m = load(mean + block * Layout.lanes)
      let plainMap = block * extent.rows * extent.columns * Layout.lanes
      let borderedMap =
        block * (extent.rows + 2 * extent.halo) * (extent.columns + 2 * extent.halo) * Layout.lanes
      var sum = PixelSums()
      var product = PixelSums()
      forEachPixel(extent) { plain, bordered, part in
        let at = plainMap + plain
        let d = load(dz + at).replacing(with: 0, where: load(z + borderedMap + bordered) .<= 0)
        store(d, dz + at)
        sum.parts[part] += d
        product.parts[part].addProduct(d, load(y + at) - m)
      }
      store(sum.total(), sums + block * Layout.lanes)
      store(product.total(), products + block * Layout.lanes)
    }
  }

  package static func gradientSums(
    _ extent: MapExtent, y: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    dz: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>,
    products: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<extent.blocks {
      let m = load(mean + block * Layout.lanes)
      let map = block * extent.rows * extent.columns * Layout.lanes
      var sum = PixelSums()
      var product = PixelSums()
      forEachPixel(extent) { plain, _, part in
        let d = load(dz + map + plain)
        sum.parts[part] += d
        product.parts[part].addProduct(d, load(y + map + plain) - m)
      }
      store(sum.total(), sums + block * Layout.lanes)
      store(product.total(), products + block * Layout.lanes)
    }
  }

  package static func normalizeGradient(
    _ extent: MapExtent, dz: UnsafePointer<Float>, y: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, a: UnsafePointer<Float>, b: UnsafePointer<Float>,
    c: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>
  ) {
    forEachRow(extent) { channels, plain, bordered in
      let m = load(mean + channels)
      let factor = load(a + channels)
      let slope = load(b + channels)
      let offset = load(c + channels)
      for column in 0..<extent.columns {
        let at = column * Layout.lanes
        let centred = offset.addingProduct(slope, load(y + plain + at) - m)
        store(centred.addingProduct(factor, load(dz + plain + at)), dy + bordered + at)
      }
    }
  }

  /// Calls `body` for every row of every block with the offsets of its channels, of its first pixel
  /// in a plain map, and of that in a bordered one.
  @inline(__always)
  static func forEachRow(_ extent: MapExtent, _ body: (Int, Int, Int) -> Void) {
    for block in 0..<extent.blocks {
      for row in 0..<extent.rows {
        body(
          block * Layout.lanes,
          (block * extent.rows + row) * extent.columns * Layout.lanes,
          extent.bordered(block: block, row: row, halo: extent.halo))
      }
    }
  }
}
