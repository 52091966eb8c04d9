/// What the colours of heat maps mean: one scale for all panels of a figure.
package struct ColorScale: Sendable {
  /// How values become colours.
  package enum Kind: Sendable {
    /// By a map over a range; values beyond it take the colour of its end.
    case continuous(ColorMap, ClosedRange<Double>)
    /// The values 0, 1, … are kinds of their own.
    case categories([Category])
  }

  /// A kind of entry.
  package struct Category: Sendable {
    /// Its name and colour.
    package let name: String, color: Color

    /// A kind of entry.
    package init(_ name: String, _ color: Color) {
      self.name = name
      self.color = color
    }
  }

  /// How values become colours, and what they are.
  package let kind: Kind, label: String
  /// What an entry without a value is.
  package let undefined: String

  /// A scale of categories, or over a given range.
  package init(_ kind: Kind, label: String, undefined: String = "no sample") {
    self.kind = kind
    self.label = label
    self.undefined = undefined
  }

  /// From 0 to the largest of all values, to 1 where there is none above 0.
  package static func fromZero(_ matrices: [Matrix], label: String) -> ColorScale {
    let top = matrices.flatMap(\.values).filter(\.isFinite).max() ?? 1
    return ColorScale(.continuous(.viridis, 0...(top > 0 ? top : 1)), label: label)
  }

  /// The colour of a value.
  package func color(_ value: Double) -> Color {
    guard !value.isNaN else { return .undefined }
    switch kind {
    case .continuous(let map, let range):
      let extent = range.upperBound - range.lowerBound
      return map[extent > 0 ? (value - range.lowerBound) / extent : 0]
    case .categories(let categories):
      return categories[min(max(Int(value), 0), categories.count - 1)].color
    }
  }
}
