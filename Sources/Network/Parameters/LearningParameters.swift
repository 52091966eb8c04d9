import Core

/// The parameters that learn in a path's steps; the others are frozen.
///
/// θ lies last layer first, so a backward pass computes the gradient's front, up to the end of the
/// lowest parameter that learns: nothing behind it is computed or sent.
package struct LearningParameters: Sendable, Equatable {
  /// Their places in θ: ascending, apart from each other.
  package let ranges: [Range<Int>]

  /// The end of the lowest one's gradient; 0 where nothing learns.
  package var end: Int { ranges.last?.upperBound ?? 0 }

  /// All of `layout` but the layers that `frozen` names: `stem` (conv1 and bn1), or whatever stands
  /// before a dot in parameters' names, `layer1` or `layer1.0.conv1`.
  /// - Throws: `CSGError` (78) that names `key` and what there is, for an unknown layer.
  package init(_ layout: TensorLayout, frozen: [String], key: String) throws {
    let names = layout.tensors.map(\.name)
    let stem = ["conv1", "bn1"]
    let hasStem = stem.allSatisfy { layer in names.contains { $0.hasPrefix("\(layer).") } }
    var layers: [String] = []
    for name in frozen {
      guard name == "stem" && hasStem || names.contains(where: { $0.hasPrefix("\(name).") }) else {
        throw CSGError.configuration(
          key, "there is no layer '\(name)'",
          remedy: "name \(Self.known(names, hasStem: hasStem)), or what stands before a dot in a "
            + "parameter's name: \(names[names.count / 2])")
      }
      layers += name == "stem" ? stem : [name]
    }
    var ranges: [Range<Int>] = []
    for tensor in layout.tensors.reversed()
    where !layers.contains(where: { tensor.name.hasPrefix("\($0).") }) {
      if let last = ranges.last, last.upperBound == tensor.range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<tensor.range.upperBound
      } else {
        ranges.append(tensor.range)
      }
    }
    self.ranges = ranges
  }

  /// The first parts of all names, in the order of the forward pass.
  private static func known(_ names: [String], hasStem: Bool) -> String {
    var known = hasStem ? ["stem"] : []
    for name in names {
      let first = String(name.prefix { $0 != "." })
      if !known.contains(first) { known.append(first) }
    }
    return known.joined(separator: ", ")
  }
}
