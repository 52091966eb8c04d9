import Core

extension NamedTensor {
  /// The first value that `isFaulty` takes, and its place, for errors: `nan at [3, 0, 1, 2]
  /// (element 86)`; nil where there is none.
  package func firstValue(where isFaulty: (Float) -> Bool) -> String? {
    values.firstIndex(where: isFaulty).map { "\(values[$0]) at \(shape.place(of: $0))" }
  }
}
