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

  package static func maxPool(
    _ pass: PoolingPass, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
  ) {
    forEachWindow(pass) { block, row, column, window in
      let x = input + block * pass.inputBlockStride
      let at = block * pass.outputBlockStride + row * pass.outputRowStride + column * Layout.lanes
      store(largest(pass, x, window), output + at)
    }
  }

  package static func maxPoolGradient(
    _ pass: PoolingPass, input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>
  ) {
    forEachWindow(pass) { block, row, column, window in
      let x = input + block * pass.inputBlockStride
      let dx = inputGradient + block * pass.inputRows * pass.inputColumns * Layout.lanes
      let most = largest(pass, x, window)
      var rest = load(
        outputGradient + ((block * pass.rows + row) * pass.columns + column) * Layout.lanes)
      for row in window.rows {
        for column in window.columns {
          let value = load(x + (row * pass.inputRowStride + column * Layout.lanes))
          let place = dx + (row * pass.inputColumns + column) * Layout.lanes
          let isLargest = value .== most
          store(load(place) + Vector().replacing(with: rest, where: isLargest), place)
          rest.replace(with: 0, where: isLargest)
        }
      }
    }
  }

  private typealias Window = (rows: Range<Int>, columns: Range<Int>)

  @inline(__always)
  private static func largest(_ pass: PoolingPass, _ x: UnsafePointer<Float>, _ window: Window)
    -> Vector
  {
    let first = window.rows.lowerBound * pass.inputRowStride
    var most = load(x + (first + window.columns.lowerBound * Layout.lanes))
    for row in window.rows {
      for column in window.columns {
        let value = load(x + (row * pass.inputRowStride + column * Layout.lanes))
        most.replace(with: value, where: value .> most)
      }
    }
    return most
  }

  /// Calls `body` with block, row and column of every output, and the part of its window on the map.
  @inline(__always)
  private static func forEachWindow(_ pass: PoolingPass, _ body: (Int, Int, Int, Window) -> Void) {
    func window(_ output: Int, _ most: Int) -> Range<Int> {
      let first = output * pass.stride - pass.padding
      return max(first, 0)..<min(first + pass.size, most)
    }
    for block in 0..<pass.blocks {
      for row in 0..<pass.rows {
        let rows = window(row, pass.inputRows)
        for column in 0..<pass.columns {
          body(block, row, column, (rows, window(column, pass.inputColumns)))
        }
      }
    }
  }
}
