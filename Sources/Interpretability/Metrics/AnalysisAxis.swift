import Storage

/// One axis of a data set of `analysis.h5`: what it runs over, and how far.
struct AnalysisAxis {
  /// In the singular: "sample".
  let label: String
  /// Places.
  let count: Int

  init(_ label: String, _ count: Int) {
    self.label = label
    self.count = count
  }
}

extension HDF5File {
  /// Creates a data set whose axes have names.
  func write<Element: HDF5Element>(_ values: [Element], axes: [AnalysisAxis], to name: String)
    throws
  {
    try write(values, shape: axes.map(\.count), to: name)
    try setAxes(axes.map(\.label), of: name)
  }
}
