extension [Int] {
  /// Where the element of a row-major index lies in a tensor of this shape, for errors:
  /// `[3, 0, 1, 2] (element 86)`; of a vector `[86]`, of a scalar `element 0`.
  package func place(of index: Int) -> String {
    var rest = index
    var place: [Int] = []
    for extent in reversed() {
      place.append(rest % extent)
      rest /= extent
    }
    switch count {
    case 0: return "element \(index)"
    case 1: return "\(place)"
    default: return "\(Array(place.reversed())) (element \(index))"
    }
  }
}
