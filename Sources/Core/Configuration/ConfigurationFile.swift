import Foundation
import Yams

/// A configuration together with the text that says it in full.
package struct ResolvedConfiguration: Sendable {
  /// The typed values.
  package let values: Configuration
  /// YAML with every key: what `config.yaml` and a checkpoint hold.
  package let text: String
  /// `key.path` → value in a normal form, in the order of the text.
  package let flat: [(key: String, value: String)]

  /// Reads `file` (its `extends` chain first) over the defaults, then applies `sets`.
  /// - Throws: `CSGError` 66 where a file is missing, 78 for anything wrong in it.
  package init(file: String, sets: [String] = []) throws {
    try self.init(layers: Self.layers(file: file, depth: 0), sets: sets)
  }

  /// Reads a YAML text, say the one that a checkpoint holds; `origin` names it in errors.
  package init(text: String, origin: String, sets: [String] = []) throws {
    let node = try ConfigurationTree.parse(text, origin: origin)
    try self.init(layers: [(node, origin)], sets: sets)
  }

  /// The defaults, changed by `sets` alone.
  package init(sets: [String]) throws {
    try self.init(layers: [], sets: sets)
  }

  private init(layers: [(node: Node, origin: String)], sets: [String]) throws {
    var tree = try ConfigurationTree.parse(Configuration.defaults, origin: "defaults")
    for layer in layers {
      tree = try ConfigurationTree.merge(tree, layer.node, path: [], origin: layer.origin)
    }
    for set in sets {
      let origin = "--set \(set)"
      let change = try ConfigurationTree.parse(set: set)
      tree = try ConfigurationTree.merge(tree, change, path: [], origin: origin)
    }
    values = try ConfigurationTree.decode(tree)
    try values.validate()
    text = try Yams.serialize(node: tree)
    flat = ConfigurationTree.flatten(tree, path: [])
  }

  private static func layers(file: String, depth: Int) throws -> [(node: Node, origin: String)] {
    guard depth < 16 else {
      throw CSGError.configuration(file, "extends more than 16 files deep, or itself")
    }
    guard let bytes = try FileSystem.contents(of: file, allowingPipes: true) else {
      throw CSGError(.noInput, "\(file): no such configuration file, or not readable")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CSGError.configuration(file, "is not UTF-8 text")
    }
    var node = try ConfigurationTree.parse(text, origin: file)
    guard let parent = node.mapping?["extends"], parent.null == nil else {
      node.mapping?["extends"] = nil
      return [(node, file)]
    }
    guard let name = parent.string, !name.isEmpty else {
      throw CSGError.configuration(file, "extends: must name a file")
    }
    node.mapping?["extends"] = nil
    let folder = file.parentFolder
    let path = name.hasPrefix("/") || folder.isEmpty ? name : "\(folder)/\(name)"
    return try layers(file: path, depth: depth + 1) + [(node, file)]
  }

  /// The keys in which two configurations differ, with both values.
  package func differences(from other: ResolvedConfiguration)
    -> [(key: String, ours: String, theirs: String)]
  {
    let theirs = Dictionary(other.flat.map { ($0.key, $0.value) }, uniquingKeysWith: { a, _ in a })
    func group(_ key: String) -> String? {
      let members = other.flat.filter { $0.key.hasPrefix("\(key).") }
      let texts = members.map { "\($0.key.dropFirst(key.count + 1)): \($0.value)" }
      return texts.isEmpty ? nil : "{ \(texts.joined(separator: ", ")) }"
    }
    return flat.compactMap { key, value in
      let counterpart = theirs[key] ?? group(key) ?? "absent"
      return counterpart == value ? nil : (key, value, counterpart)
    }
  }
}
