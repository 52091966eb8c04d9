import Yams

/// The YAML side of configurations: trees that are parsed, merged by key, decoded and flattened.
enum ConfigurationTree {
  static func parse(_ text: String, origin: String) throws -> Node {
    do {
      let node = try BoundedYAML.compose(text, origin: origin) ?? .mapping(Node.Mapping([]))
      guard node.mapping != nil else {
        throw CSGError.configuration(origin, "is not a mapping of keys to values")
      }
      return node
    } catch let error as YamlError {
      throw CSGError.configuration(origin, "is not YAML: \(oneLine("\(error)"))")
    }
  }

  /// `a.b=value` as a tree; the value is YAML.
  static func parse(set: String) throws -> Node {
    let parts = set.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, keys.allSatisfy({ !$0.isEmpty }) else {
      throw CSGError(.usage, "--set \(set): expected key.path=value")
    }
    var node: Node
    do {
      node =
        try BoundedYAML.compose(String(parts[1]), origin: "--set \(set)")
        ?? .scalar(Node.Scalar("null"))
    } catch is YamlError {
      throw CSGError(.usage, "--set \(set): the value is not YAML")
    }
    for key in keys.reversed() {
      node = .mapping(Node.Mapping([(.scalar(Node.Scalar(key)), node)]))
    }
    return node
  }

  /// Keys whose value is a word or a group, and the keys of that group.
  private static let groups = [
    "gate.matrix": "fixed: { per_class: null, shared: null }",
    "data.random_resized_crop": "{ scale: [0.08, 1], ratio: [0.75, 1.3333333333333333] }",
    "data.color_jitter": "{ brightness: 0, contrast: 0, saturation: 0, hue: 0 }",
  ]

  /// `base` with the values that `change` gives; a key that `base` lacks is an error.
  static func merge(_ base: Node, _ change: Node, path: [String], origin: String) throws -> Node {
    var base = base
    if let group = groups[path.joined(separator: ".")] {
      guard change.mapping != nil else { return change }
      if base.mapping == nil { base = try parse(group, origin: "defaults") }
    }
    guard var merged = base.mapping else { return change }
    if change.null != nil && !path.isEmpty { return base }  // a group without keys changes nothing
    guard let changes = change.mapping else {
      let key = path.joined(separator: ".")
      throw CSGError.configuration(
        key, "is a group of keys, not a value (in \(origin))",
        remedy: question(PeerNames.keys(for: key)))
    }
    var seen: Set<String> = []
    for (keyNode, value) in changes {
      guard let key = keyNode.string else {
        throw CSGError.configuration(origin, "has a key that is not text")
      }
      let full = path + [key]
      let place = keyNode.mark.map { "\(origin):\($0.line)" } ?? origin
      guard seen.insert(key).inserted else {
        throw CSGError.configuration(full.joined(separator: "."), "given twice (\(place))")
      }
      guard let known = merged[key] else {
        let siblings = Array(merged.keys.compactMap(\.string))
        throw unknown(full, siblings: siblings, place: origin.hasPrefix("--set") ? origin : place)
      }
      merged[key] = try merge(known, value, path: full, origin: origin)
    }
    return .mapping(merged)
  }

  private static func unknown(_ path: [String], siblings: [String], place: String) -> CSGError {
    let name = path[path.count - 1]
    let asked = path.joined(separator: ".")
    let candidates = siblings.map { path.dropLast().map { $0 + "." }.joined() + $0 }
    let nearest = candidates.min { editDistance($0, asked) < editDistance($1, asked) }
    let near =
      candidates.first { $0.hasPrefix(asked) }
      ?? nearest.flatMap { editDistance($0, asked) <= 1 + name.count / 3 ? $0 : nil }
    let named = PeerNames.keys(for: name)
    return CSGError.configuration(
      place, "unknown key '\(asked)'",
      remedy: question(named.isEmpty ? [near].compactMap { $0 } : named) ?? overview)
  }

  private static let overview = "the README's section Configuration lists every key"

  /// Whether these keys were meant; nil without keys.
  private static func question(_ keys: [String]) -> String? {
    guard !keys.isEmpty else { return nil }
    return "did you mean \(keys.map { "'\($0)'" }.joined(separator: " and "))?"
  }

  static func decode(_ tree: Node) throws -> Configuration {
    func fault(_ path: [any CodingKey]) -> CSGError {
      let keys = path.map(\.stringValue).filter { !$0.hasPrefix("Index ") }
      let value = flatten(tree, path: []).first { $0.key == keys.joined(separator: ".") }?.value
      let key = keys.joined(separator: ".")
      let choices = Self.choices[key]
      let expected = choices.map { "one of \($0.joined(separator: ", "))" } ?? "a value of this key"
      let usual = defaults.first { $0.key == key }?.value
      return CSGError.configuration(
        key, "'\(value ?? "")' is not \(expected)",
        remedy: choices == nil ? usual.map { "by default it is \($0)" } ?? overview : nil)
    }
    for (key, value) in flatten(tree, path: []) where value == "null" && !nullable.contains(key) {
      throw CSGError.configuration(key, "has no value")
    }
    do {
      return try YAMLDecoder().decode(Configuration.self, from: tree)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context),
      DecodingError.valueNotFound(_, let context)
    {
      throw fault(context.codingPath)
    } catch DecodingError.keyNotFound(let key, let context) {
      throw fault(context.codingPath + [key])
    }
  }

  /// Keys that may be null: those that are by default.
  private static let nullable = Set(defaults.filter { $0.value == "null" }.map(\.key))

  /// Every key with its default.
  static let defaults: [(key: String, value: String)] = {
    let tree = try? parse(Configuration.defaults, origin: "defaults")
    return tree.map { flatten($0, path: []) } ?? []
  }()

  /// The words that a key takes, for errors.
  private static let choices: [String: [String]] = [
    "data.shuffle": Configuration.Shuffle.allCases.map(\.rawValue),
    "data.balance": Configuration.Balance.allCases.map(\.rawValue),
    "numerics.on_nonfinite": Configuration.Numerics.OnNonfinite.allCases.map(\.rawValue),
    "verify.replicas": Configuration.Verify.Replicas.allCases.map(\.rawValue),
    "checkpoint.on_failure": Configuration.Checkpoint.OnFailure.allCases.map(\.rawValue),
    "batch_norm": Configuration.BatchNormScope.allCases.map(\.rawValue),
    "model.shortcut": Configuration.Model.Shortcut.allCases.map(\.rawValue),
    "optimizer.kind": Configuration.Optimizer.Kind.allCases.map(\.rawValue),
    "gate.schedule": Configuration.Gate.Schedule.allCases.map(\.rawValue),
    "gate.matrix": ["learned", "{ fixed: { per_class: …, shared: … } }"],
    "gate.penalty": Configuration.Gate.Penalty.allCases.map(\.rawValue),
    "gate.penalty_in": Configuration.Gate.Epochs.allCases.map(\.rawValue),
    "gate.learns_in": Configuration.Gate.Epochs.allCases.map(\.rawValue),
    "gate.projection": Configuration.Gate.Projection.allCases.map(\.rawValue),
    "gate.optimizer": Configuration.Gate.Rule.allCases.map(\.rawValue),
    "learning_rate.milestones_in":
      Configuration.LearningRate.MilestoneUnit.allCases.map(\.rawValue),
    "learning_rate.counted_over": Configuration.LearningRate.Count.allCases.map(\.rawValue),
    "learning_rate.schedule": Configuration.LearningRate.Schedule.allCases.map(\.rawValue),
    "compute.threads": ["auto", "a number"],
    "compute.convolution": Configuration.Compute.Convolution.allCases.map(\.rawValue),
    "compute.all_reduce": Configuration.Compute.AllReduce.allCases.map(\.rawValue),
    "compute.wire": Configuration.Compute.Wire.allCases.map(\.rawValue),
  ]

  static func flatten(_ node: Node, path: [String]) -> [(key: String, value: String)] {
    if let mapping = node.mapping, !mapping.isEmpty {
      return mapping.flatMap { flatten($0.value, path: path + [$0.key.string ?? "?"]) }
    }
    return [(path.joined(separator: "."), normalForm(node))]
  }

  private static func normalForm(_ node: Node) -> String {
    if let sequence = node.sequence {
      return "[" + sequence.map(normalForm).joined(separator: ", ") + "]"
    }
    let text = node.scalar?.string ?? ""
    if let whole = Int(text) { return "\(whole)" }
    if let whole = UInt64(text) { return "\(whole)" }
    if let number = Double(text), number.isFinite {
      return Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
    if node.null != nil { return "null" }
    return node.bool.map { "\($0)" } ?? text
  }

  private static func oneLine(_ text: String) -> String {
    text.split(separator: "\n").joined(separator: " ")
  }

  /// Insertions, deletions and replacements between two texts (Levenshtein).
  static func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a), b = Array(b)
    var row = Array(0...b.count)
    for i in 0..<a.count {
      var diagonal = row[0]
      row[0] = i + 1
      for j in 0..<b.count {
        let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
