import Core
import Kernels

/// Average pooling to a given extent: output row i is the mean of input rows ⌊i·H/H'⌋ ..<
/// ⌈(i + 1)·H/H'⌉, and columns alike, as PyTorch's `AdaptiveAvgPool2d`. The identity for equal extents.
struct AdaptiveAveragePooling {
  /// Plain maps.
  let input: MapShape, output: MapShape

  private func window(_ i: Int, of inputs: Int, to outputs: Int) -> Range<Int> {
    i * inputs / outputs..<((i + 1) * inputs + outputs - 1) / outputs
  }

  private func forEachWindow(
    _ body: (_ output: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    for row in 0..<output.height {
      for column in 0..<output.width {
        body(
          row * output.width + column, window(row, of: input.height, to: output.height),
          window(column, of: input.width, to: output.width))
      }
    }
  }

  /// Overwrites y; a window's values are added row by row.
  func forward(_ x: FloatSlice, into y: FloatSlice) {
    guard input != output else { return y.copy(from: x) }
    forEachWindow { place, rows, columns in
      for c in 0..<input.channels {
        var sum: Float = 0
        for row in rows {
          for column in columns { sum += x[offset(input, c, row * input.width + column)] }
        }
        y[offset(output, c, place)] = sum / Float(rows.count * columns.count)
      }
    }
  }

  /// Overwrites dx by the gradient that dy brings; outputs are added row by row.
  func gradient(_ dy: FloatSlice, into dx: FloatSlice) {
    guard input != output else { return dx.copy(from: dy) }
    dx.fill(0)
    forEachWindow { place, rows, columns in
      for c in 0..<input.channels {
        let share = dy[offset(output, c, place)] / Float(rows.count * columns.count)
        for row in rows {
          for column in columns { dx[offset(input, c, row * input.width + column)] += share }
        }
      }
    }
  }

  private func offset(_ shape: MapShape, _ c: Int, _ pixel: Int) -> Int {
    shape.index(c, 0, 0) + pixel * shape.lanes
  }
}
