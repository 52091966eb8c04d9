/// a·b / (‖a‖ ‖b‖), elements added in order; 0 where either has no length.
func cosine(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count, "vectors of \(a.count) and \(b.count) elements")
  var (product, squareA, squareB) = (0.0, 0.0, 0.0)
  for i in a.indices {
    product += a[i] * b[i]
    squareA += a[i] * a[i]
    squareB += b[i] * b[i]
  }
  guard squareA > 0 && squareB > 0 else { return 0 }
  return product / (squareA.squareRoot() * squareB.squareRoot())
}
