import Figures

extension Table {
  /// What each number of a document means, by the names that `document` has for them.
  static func definitions(_ meanings: [String: String], of document: String) -> Table {
    Table(
      caption: "By the names that \(document) has", header: ["number", "meaning"],
      rows: meanings.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }, prose: [1])
  }
}
