import Core

/// The classes that an analysis is asked about, from lists of names and numbers such as `0,cat`.
package enum AnalyzedClasses {
  /// The labels of a list.
  private static func labels(_ text: String, of option: String, names: [String]) throws -> [Int] {
    do {
      return try ClassLabel.labels(text, among: names)
    } catch {
      throw CSGError(.usage, "\(option) \(text): \(error.message)", remedy: error.remedy)
    }
  }

  /// Labels in the order of the figures; ascending unless a list gives another.
  /// - Throws: `CSGError` 64 where the list is not one of every label once.
  package static func figureOrder(_ list: String?, names: [String]) throws -> [Int] {
    guard let list else { return Array(names.indices) }
    let order = try labels(list, of: "--class-order", names: names)
    guard order.sorted() == Array(names.indices) else {
      throw CSGError(
        .usage, "--class-order \(list): does not name each of \(names.count) classes once",
        remedy: "give every class once, by its name or its number from 0 to \(names.count - 1)")
    }
    return order
  }

  /// Sets of classes, ascending, each once; nil without lists.
  /// - Throws: `CSGError` 64 where a list names no class.
  package static func removals(_ lists: [String], names: [String]) throws -> [[Int]]? {
    guard !lists.isEmpty else { return nil }
    let sets = try lists.map { list in
      Set(try labels(list, of: "--remove-classes", names: names)).sorted()
    }
    return sets.enumerated().filter { !sets[..<$0.offset].contains($0.element) }.map(\.element)
  }
}
