/// Bilinear interpolation of a map to another size, corners not aligned: as PyTorch's
/// `interpolate(mode="bilinear", align_corners=False)`.
package struct BilinearResize: Sendable {
  /// Extents of a map before and after.
  package let from: (height: Int, width: Int), to: (height: Int, width: Int)
  private let rows: [Tap], columns: [Tap]

  /// Two neighbours, and the part of the second.
  private struct Tap {
    let first: Int, second: Int
    let part: Float
  }

  /// A resize between two extents.
  package init(from: (height: Int, width: Int), to: (height: Int, width: Int)) {
    self.from = from
    self.to = to
    func taps(_ from: Int, _ to: Int) -> [Tap] {
      let scale = Double(from) / Double(to)
      return (0..<to).map { i in
        let place = max((Double(i) + 0.5) * scale - 0.5, 0)
        let first = min(Int(place), from - 1)
        return Tap(
          first: first, second: min(first + 1, from - 1), part: Float(place - Double(first)))
      }
    }
    rows = taps(from.height, to.height)
    columns = taps(from.width, to.width)
  }

  /// The map [H'][W'] of a map [H][W].
  package func callAsFunction(_ map: some RandomAccessCollection<Float>) -> [Float] {
    precondition(map.count == from.height * from.width, "the map does not fit")
    let values = Array(map)
    var result: [Float] = []
    result.reserveCapacity(to.height * to.width)
    for row in rows {
      let (above, below) = (row.first * from.width, row.second * from.width)
      for column in columns {
        func between(_ start: Int) -> Float {
          (1 - column.part) * values[start + column.first]
            + column.part * values[start + column.second]
        }
        result.append((1 - row.part) * between(above) + row.part * between(below))
      }
    }
    return result
  }
}
