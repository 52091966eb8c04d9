import Foundation

/// The places of a `metrics.json` whose values have no definition beside them, as its `definitions`
/// name them; `baseline`, which is null or a network, is always one.
func bareValues(of document: [String: Any]) -> Set<String> {
  let networks = ["network", "baseline"]
  var found: Set<String> = ["baseline"]
  func walk(_ value: Any, _ place: String) {
    if let object = value as? [String: Any] {
      if object["definition"] is String, object["value"] != nil { return }
      for (key, value) in object { walk(value, place.isEmpty ? key : "\(place).\(key)") }
    } else if let list = value as? [[String: Any]], !list.isEmpty {
      for element in list { walk(element, place + "[]") }
    } else {
      found.insert(place)
    }
  }
  walk(document.filter { !networks.contains($0.key) && $0.key != "definitions" }, "")
  for name in networks { walk(document[name] as? [String: Any] ?? [:], "") }
  return found
}
