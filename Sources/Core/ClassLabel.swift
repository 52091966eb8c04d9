/// Which class someone means who names it, or gives its number.
package enum ClassLabel {
  /// Why a word is none of the classes, and what would be.
  package struct Fault: Error, Sendable {
    /// What is wrong with the word; what to do.
    package let message: String, remedy: String
  }

  /// Longer lists of classes are not told in full.
  private static let listed = 20

  /// The class that `word` means among `names`: a name as it is written, else a number, else a name but for large and
  /// small letters. `name:7` and `label:7` say which of both is meant.
  /// - Throws: `Fault` where it means none, or several.
  package static func label(_ word: String, among names: [String]) throws(Fault) -> Int {
    func named(_ name: some StringProtocol) -> Int? {
      names.firstIndex { $0.utf8.elementsEqual(name.utf8) }
    }
    func numbered(_ number: some StringProtocol) -> Int? {
      Int(number).flatMap { names.indices.contains($0) ? $0 : nil }
    }
    if word.hasPrefix("name:"), let label = named(word.dropFirst(5)) { return label }
    if word.hasPrefix("label:"), let label = numbered(word.dropFirst(6)) { return label }
    switch (named(word), numbered(word)) {
    case (let label?, let number?) where label != number:
      throw Fault(
        message: "'\(word)' is the name of class \(label), and the number of "
          + shown(number, names),
        remedy: "write name:\(word) or label:\(word)")
    case (let label?, _), (nil, let label?): return label
    case (nil, nil): break
    }
    let alike = names.indices.filter { names[$0].lowercased() == word.lowercased() }
    if alike.count == 1 { return alike[0] }
    guard alike.isEmpty else {
      throw Fault(
        message: "'\(word)' may be \(alike.map { shown($0, names) }.joined(separator: " or "))",
        remedy: "write it as the class is written")
    }
    throw Fault(
      message: "'\(word)' is no class", remedy: nearest(word, names) ?? overview(names))
  }

  /// The classes of a list: words parted by commas, or one name that has a comma itself.
  package static func labels(_ list: String, among names: [String]) throws(Fault) -> [Int] {
    if list.contains(","), let label = try? label(list, among: names) { return [label] }
    var labels: [Int] = []
    for word in list.split(separator: ",", omittingEmptySubsequences: false) {
      labels.append(try label(String(word.drop { $0 == " " }), among: names))
    }
    return labels
  }

  private static func shown(_ label: Int, _ names: [String]) -> String {
    "'\(FileName(Array(names[label].utf8)).shown)' (\(label))"
  }

  private static func nearest(_ word: String, _ names: [String]) -> String? {
    let distances = names.map { ConfigurationTree.editDistance($0.lowercased(), word.lowercased()) }
    guard let least = distances.min(), least <= word.count / 3,
      let label = distances.firstIndex(of: least)
    else { return nil }
    return "did you mean \(shown(label, names))?"
  }

  private static func overview(_ names: [String]) -> String {
    let list = names.prefix(listed).map { FileName(Array($0.utf8)).shown }.joined(separator: ", ")
    return "give numbers from 0 to \(names.count - 1), or names: \(list)"
      + (names.count > listed ? ", …" : "")
  }
}
