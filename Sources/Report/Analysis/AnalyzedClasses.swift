import Core

/// The classes that an analysis is asked about, from lists of labels such as `0,5`.
package enum AnalyzedClasses {
  /// The labels of a list.
  private static func labels(_ text: String, of option: String, classes: Int) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Int(part), (0..<classes).contains(number) else {
        throw CSGError(
          .usage, "\(option) \(text): '\(part)' is no class",
          remedy: "give numbers from 0 to \(classes - 1), separated by commas")
      }
      return number
    }
  }

  /// Labels in the order of the figures; ascending unless a list gives another.
  /// - Throws: `CSGError` 64 where the list is not one of every label once.
  package static func figureOrder(_ list: String?, classes: Int) throws -> [Int] {
    guard let list else { return Array(0..<classes) }
    let order = try labels(list, of: "--class-order", classes: classes)
    guard order.sorted() == Array(0..<classes) else {
      throw CSGError(
        .usage, "--class-order \(list): does not name each of \(classes) classes once",
        remedy: "give every number from 0 to \(classes - 1) once")
    }
    return order
  }

  /// Sets of classes, ascending, each once; nil without lists.
  /// - Throws: `CSGError` 64 where a list names no class.
  package static func removals(_ lists: [String], classes: Int) throws -> [[Int]]? {
    guard !lists.isEmpty else { return nil }
    let sets = try lists.map { list in
      Set(try labels(list, of: "--remove-classes", classes: classes)).sorted()
    }
    return sets.enumerated().filter { !sets[..<$0.offset].contains($0.element) }.map(\.element)
  }
}
