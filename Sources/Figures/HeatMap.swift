/// A matrix as a panel of a figure.
package struct HeatMap: Sendable {
  /// What it shows.
  package let title: String
  /// Its entries, rows from top to bottom.
  package let matrix: Matrix
  /// Columns and rows.
  package let x: Axis, y: Axis
  /// What stands for several entries.
  package let reduction: Matrix.Reduction
  /// Decimals of the numbers that stand in the cells of a small matrix; nil: none stand there.
  package let decimals: Int?

  /// Up to so many rows and columns, cells carry numbers.
  package static let numberedLimit = 12

  /// A panel whose axes fit the matrix.
  package init(
    _ title: String, _ matrix: Matrix, x: Axis, y: Axis, reduction: Matrix.Reduction,
    decimals: Int? = 2
  ) {
    precondition(x.count == matrix.columns && y.count == matrix.rows, "axes fit the matrix")
    self.title = title
    self.matrix = matrix
    self.x = x
    self.y = y
    self.reduction = reduction
    let isSmall = max(matrix.rows, matrix.columns) <= Self.numberedLimit
    self.decimals = isSmall ? decimals : nil
  }
}
