import Core

/// The classes that options of `analyze` name.
extension AnalyzeCommand {
  /// The labels of a list.
  private func labels(_ text: String, of option: String, classes: Int) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Int(part), (0..<classes).contains(number) else {
        throw CSGError(
          .usage, "\(option) \(text): '\(part)' is no class",
          remedy: "give numbers from 0 to \(classes - 1), separated by commas")
      }
      return number
    }
  }

  /// Labels in the order of the figures.
  func figureOrder(classes: Int) throws -> [Int] {
    guard let classOrder else { return Array(0..<classes) }
    let order = try labels(classOrder, of: "--class-order", classes: classes)
    guard order.sorted() == Array(0..<classes) else {
      throw CSGError(
        .usage, "--class-order \(classOrder): does not name each of \(classes) classes once",
        remedy: "give every number from 0 to \(classes - 1) once")
    }
    return order
  }

  /// Sets of classes, ascending.
  func removals(classes: Int) throws -> [[Int]]? {
    guard !removeClasses.isEmpty else { return nil }
    let sets = try removeClasses.map { text in
      Set(try labels(text, of: "--remove-classes", classes: classes)).sorted()
    }
    return sets.enumerated().filter { !sets[..<$0.offset].contains($0.element) }.map(\.element)
  }
}
