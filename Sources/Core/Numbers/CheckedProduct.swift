extension Sequence<Int> {
  /// The product of sizes that a file claims; nil where it overflows, or one is negative.
  package func checkedProduct() -> Int? {
    var product = 1
    for factor in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard factor >= 0 && !overflow else { return nil }
      product = next
    }
    return product
  }
}
