import Core

/// What recipes are called.
enum RecipeLabels {
  /// A label for each group of runs: the name that its runs share; where two groups share one, with the
  /// keys in which they differ.
  static func labels(_ groups: [(recipe: Recipe, runs: [(name: String, seed: UInt64)])]) -> [String]
  {
    let names = groups.map { sharedName($0.runs) }
    var labels = names
    for (i, name) in names.enumerated() {
      let others = groups.indices.filter { names[$0] == name }
      guard others.count > 1 else { continue }
      let keys = differingKeys(others.map { groups[$0].recipe })
      let texts = keys.compactMap { key in groups[i].recipe.keys[key].map { "\(key)=\($0)" } }
      if !texts.isEmpty { labels[i] = "\(name) (\(texts.joined(separator: ", ")))" }
    }
    // Recipes that differ in keys which only some of them have may still be called alike.
    return labels.indices.map { i in
      let before = labels[..<i].count { $0 == labels[i] }
      return before == 0 ? labels[i] : "\(labels[i]) #\(before + 1)"
    }
  }

  /// Keys in which recipes differ, by name. What says nothing without a gate is compared among those
  /// that have one.
  static func differingKeys(_ recipes: [Recipe]) -> [String] {
    let gated = recipes.filter(\.isGated)
    return Set(recipes.flatMap(\.keys.keys)).filter { key in
      Set(recipes.compactMap { $0.keys[key] }).count > 1
        || Set(gated.map { $0.keys[key] }).count > 1
    }.sorted()
  }

  /// What the names have in common once their seeds are taken off: `csg` of `csg-1` and `csg-seed2`.
  static func sharedName(_ runs: [(name: String, seed: UInt64)]) -> String {
    let names = runs.map { withoutSeed($0.name, seed: $0.seed) }
    guard let first = names.first else { return "" }
    guard let other = names.first(where: { $0 != first }) else { return first }
    let common = names.reduce(Substring(first)) { common, name in
      common.prefix(zip(common, name).prefix { $0 == $1 }.count)
    }
    let text = trimmed(common)
    return text.isEmpty ? "\(first), \(other), …" : text
  }

  private static func withoutSeed(_ name: String, seed: UInt64) -> String {
    let number = "\(seed)"
    guard name.hasSuffix(number) else { return name }
    var rest = name.dropLast(number.count)
    guard rest.last?.isNumber != true else { return name }  // resnet20 with seed 0
    for word in ["seed", "s"] where rest.hasSuffix(word) && isSeparator(rest.dropLast(word.count)) {
      rest = rest.dropLast(word.count)
      break
    }
    guard isSeparator(rest) else { return name }
    let text = trimmed(rest)
    return text.isEmpty ? name : text
  }

  private static let separators: Set<Character> = ["-", "_", ".", " ", "="]

  private static func isSeparator(_ text: Substring) -> Bool {
    text.last.map { separators.contains($0) } ?? false
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while isSeparator(text) { text = text.dropLast() }
    return String(text)
  }
}
