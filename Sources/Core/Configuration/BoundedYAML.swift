import Yams

/// YAML whose aliases do not explode: a few lines whose aliases name aliases can stand for more values
/// than any memory holds.
enum BoundedYAML {
  /// Values that a text may hold once its aliases are written out; a configuration has some hundred.
  static let mostValues = 10_000

  /// The tree of `text`, in which every alias is replaced by what it names; nil for an empty text.
  /// - Throws: `YamlError`, and `CSGError` 78 where aliases make more than `mostValues` of it, or stand
  ///   in a key.
  static func compose(_ text: String, origin: String) throws -> Node? {
    // Yams shares what an alias names, so that composing takes no more than the text does, but for keys: they
    // are hashed with all that is in them.
    if text.contains("*"), let plain = try Yams.compose(yaml: withoutAliases(text)) {
      try requireTextKeys(plain, origin: origin)
    }
    guard let node = try Yams.compose(yaml: text) else { return nil }
    var count = 0
    try requireRoom(node, path: [], origin: origin, &count)
    return node
  }

  /// Stands where an alias's `*` stood: a letter of private use, which starts a plain text of the same extent.
  private static let mark: Character = "\u{E000}"

  private static func withoutAliases(_ text: String) -> String {
    String(text.map { $0 == "*" ? mark : $0 })
  }

  private static func requireTextKeys(_ node: Node, origin: String) throws {
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        guard let name = key.scalar?.string, name.first != mark else {
          let line = key.mark.map { ":\($0.line)" } ?? ""
          throw CSGError.configuration(
            "\(origin)\(line)", "has a key that is not text", remedy: "write its name out")
        }
        try requireTextKeys(value, origin: origin)
      }
    case .sequence(let sequence):
      for value in sequence { try requireTextKeys(value, origin: origin) }
    case .scalar, .alias: break
    }
  }

  /// Counts until there are too many, which ends a walk that would never end.
  private static func requireRoom(
    _ node: Node, path: [String], origin: String, _ count: inout Int
  ) throws {
    count += 1
    guard count <= mostValues else {
      let place = path.isEmpty ? origin : "\(origin): \(path.joined(separator: "."))"
      throw CSGError.configuration(
        place, "holds more than \(mostValues) values once its aliases (*name) are written out",
        remedy: "write the values that are meant, without aliases of aliases")
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        try requireRoom(value, path: path + [key.string ?? "?"], origin: origin, &count)
      }
    case .sequence(let sequence):
      for value in sequence { try requireRoom(value, path: path, origin: origin, &count) }
    case .scalar, .alias: break
    }
  }
}
