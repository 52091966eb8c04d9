/// A matrix as a panel of a figure.
public struct HeatMap: Sendable {
  /// What it shows.
  public let title: String
  /// Its entries, rows from top to bottom.
  public let matrix: Matrix
  /// Columns and rows.
  public let x: Axis, y: Axis
  /// What stands for several entries.
  public let reduction: Matrix.Reduction
  /// Decimals of the numbers that stand in the cells of a small matrix; nil: none stand there.
  public let decimals: Int?

  /// Up to so many rows and columns, cells carry numbers.
  public static let numberedLimit = 12

  /// A panel whose axes fit the matrix.
  public init(
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
