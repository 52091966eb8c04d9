extension Network {
  /// Names of what passes go through, from the image to the logits: the stem, each block, the head. A name is what
  /// those of its parameters begin with: `conv1`, `layer2.0`, `fc`.
  package var layerNames: [String] {
    // θ begins with the head and ends with the stem.
    let ends = [head.gradientEnd] + blocks.reversed().map(\.gradientEnd) + [stem.gradientEnd]
    let starts = [0] + ends.dropLast()
    return zip(starts, ends).map { start, end in
      let names = parameterLayout.tensors.filter {
        $0.range.lowerBound >= start && $0.range.upperBound <= end
      }
      return Self.sharedName(names.map(\.name))
    }.reversed()
  }

  /// What dotted names have in common; where that is nothing, how the first begins.
  private static func sharedName(_ names: [String]) -> String {
    let parts = names.map { $0.split(separator: ".") }
    guard let first = parts.first else { return "" }
    let shared = first.indices.prefix { place in
      parts.allSatisfy { place < $0.count - 1 && $0[place] == first[place] }
    }
    return first.prefix(max(1, shared.count)).joined(separator: ".")
  }
}
