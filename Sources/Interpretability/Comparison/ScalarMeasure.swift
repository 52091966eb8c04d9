/// A single number of an analysis, of those that stand with their definition in `metrics.json`.
package struct ScalarMeasure: Sendable {
  /// Its place within the network: `accuracy`, `correlation.cic`.
  package let name: String
  /// What it means.
  package let definition: String
  /// nil where the analysis has null: there is no such value.
  package let value: Double?

  /// All of a network, also such as later versions add, by name. Numbers within lists are about single
  /// classes, not about the network, and are left out.
  static func all(in network: JSONTree) -> [ScalarMeasure] {
    var found: [ScalarMeasure] = []
    func walk(_ tree: JSONTree, _ place: String) {
      guard case .object(let keys) = tree else { return }
      if case .text(let definition)? = keys["definition"], let value = keys["value"] {
        switch value {
        case .number(let number):
          found.append(ScalarMeasure(name: place, definition: definition, value: number))
        case .null: found.append(ScalarMeasure(name: place, definition: definition, value: nil))
        case .object, .list, .text, .truth: break
        }
        return
      }
      for (key, value) in keys { walk(value, place.isEmpty ? key : "\(place).\(key)") }
    }
    walk(network, "")
    return found.sorted { $0.name < $1.name }
  }
}
