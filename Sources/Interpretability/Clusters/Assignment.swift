/// The one-to-one matching of rows to columns with the largest sum of a square matrix [n][n]: the
/// column of each row.
///
/// The Hungarian method with shortest augmenting paths, O(n³): Jonker, Volgenant, "A Shortest
/// Augmenting Path Algorithm for Dense and Sparse Linear Assignment Problems", Computing 38, 1987.
package func bestMatching(_ matrix: [[Double]]) -> [Int] {
  let n = matrix.count
  // Row and column 0 stand for "none"; costs are the negated entries.
  var rowPotential = [Double](repeating: 0, count: n + 1)
  var columnPotential = rowPotential
  var rowOfColumn = [Int](repeating: 0, count: n + 1)
  for row in 1..<n + 1 {
    rowOfColumn[0] = row
    var column = 0
    var least = [Double](repeating: .infinity, count: n + 1)
    var previous = [Int](repeating: 0, count: n + 1)
    var isDone = [Bool](repeating: false, count: n + 1)
    repeat {
      isDone[column] = true
      let current = rowOfColumn[column]
      var delta = Double.infinity
      var next = 0
      for j in 1..<n + 1 where !isDone[j] {
        let cost = -matrix[current - 1][j - 1] - rowPotential[current] - columnPotential[j]
        if cost < least[j] { (least[j], previous[j]) = (cost, column) }
        if least[j] < delta { (delta, next) = (least[j], j) }
      }
      for j in 0..<n + 1 {
        if isDone[j] {
          rowPotential[rowOfColumn[j]] += delta
          columnPotential[j] -= delta
        } else {
          least[j] -= delta
        }
      }
      column = next
    } while rowOfColumn[column] != 0
    while column != 0 {
      rowOfColumn[column] = rowOfColumn[previous[column]]
      column = previous[column]
    }
  }
  var columns = [Int](repeating: 0, count: n)
  for column in 1..<n + 1 { columns[rowOfColumn[column] - 1] = column - 1 }
  return columns
}
