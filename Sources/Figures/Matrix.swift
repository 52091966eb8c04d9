/// Values in rows and columns; NaN where there is none.
package struct Matrix: Sendable, Equatable {
  /// Extent.
  package let rows: Int, columns: Int
  /// Values [rows][columns].
  package let values: [Double]

  /// A matrix whose values fill it.
  package init(rows: Int, columns: Int, values: [Double]) {
    precondition(rows >= 0 && columns >= 0 && values.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// An entry.
  package subscript(row: Int, column: Int) -> Double { values[row * columns + column] }

  /// Some rows, in the order given.
  package func rows(_ order: [Int]) -> Matrix {
    Matrix(
      rows: order.count, columns: columns,
      values: order.flatMap { values[$0 * columns..<($0 + 1) * columns] })
  }

  /// Some columns, in the order given.
  package func columns(_ order: [Int]) -> Matrix {
    Matrix(
      rows: rows, columns: order.count,
      values: (0..<rows).flatMap { row in order.map { self[row, $0] } })
  }

  /// Rows as columns.
  package var transposed: Matrix {
    Matrix(
      rows: columns, columns: rows,
      values: (0..<columns).flatMap { column in (0..<rows).map { self[$0, column] } })
  }

  /// What stands for several entries where a picture has no room for each.
  package enum Reduction: Sendable, Equatable {
    /// Their mean, or the largest.
    case mean, largest
    /// Of kinds 0, 1, …: that of the entries that are not 0, `several` where they are of more than one.
    case kind(several: Int)

    /// What a cell shows of so many entries.
    func note(height: Int, width: Int) -> String {
      let entries = "\(height) × \(width) entries"
      return switch self {
      case .mean: "A cell shows the mean of \(entries)."
      case .largest: "A cell shows the largest of \(entries)."
      case .kind:
        "A cell stands for \(entries): of the first kind only where there is no other among them."
      }
    }

    /// One value for several, none of them NaN.
    fileprivate func value(_ values: [Double]) -> Double {
      guard let first = values.first else { return .nan }
      switch self {
      case .mean: return values.reduce(0, +) / Double(values.count)
      case .largest: return values.reduce(first, max)
      case .kind(let several):
        let kinds = values.filter { $0 != 0 }
        guard let kind = kinds.first else { return 0 }
        return kinds.allSatisfy { $0 == kind } ? kind : Double(several)
      }
    }
  }

  /// Blocks of `height` × `width` entries as one entry each, those at the ends of what is left; NaN
  /// is left out, and stands where there is nothing else.
  package func reduced(height: Int, width: Int, by reduction: Reduction) -> Matrix {
    guard height > 1 || width > 1 else { return self }
    let (tall, wide) = ((rows + height - 1) / height, (columns + width - 1) / width)
    var result: [Double] = []
    result.reserveCapacity(tall * wide)
    for top in stride(from: 0, to: rows, by: height) {
      for left in stride(from: 0, to: columns, by: width) {
        var block: [Double] = []
        for row in top..<min(top + height, rows) {
          for column in left..<min(left + width, columns) {
            let value = self[row, column]
            if !value.isNaN { block.append(value) }
          }
        }
        result.append(reduction.value(block))
      }
    }
    return Matrix(rows: tall, columns: wide, values: result)
  }
}
