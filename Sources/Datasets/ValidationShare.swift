import Core

/// How many pictures of each class are kept from training to test, and which: the same for the same names, contents
/// and seed.
///
/// Pictures whose names differ by their endings alone, and those whose files are equal, stay on one side: a net
/// that is tested on what it was trained on learns by heart.
package struct ValidationShare: Sendable {
  /// Part of a class's pictures, above 0 and below 1; seed of the choice.
  package let share: Double, seed: UInt64

  /// A share of each class.
  package init(_ share: Double, seed: UInt64) {
    self.share = share
    self.seed = seed
  }

  /// Of `files`, the pictures of the class of a label, those that test.
  /// - Throws: `CSGError` 65 where all of them are one picture.
  func testing(_ files: [String], label: Int, folder: String) throws -> Set<Int> {
    let groups = try groups(files, folder: folder)
    guard groups.count > 1 else {
      throw CSGError.data(
        "\(folder)/\((files.first ?? "").split(separator: "/").first ?? "")",
        "has \(files.count) pictures of one source: none can be kept from training",
        remedy: "add pictures, or remove the folder")
    }
    let target = max(1, Int((share * Double(files.count)).rounded()))
    let order = AddressedRandom(seed: seed, purpose: .split, stream: label)
      .permutation(groups.count)
    var chosen: Set<Int> = []
    // One group at least trains.
    for number in order.dropLast() where chosen.count < target {
      chosen.formUnion(groups[Int(number)])
    }
    return chosen
  }

  /// Places of the files that belong together, in the order of their first.
  private func groups(_ files: [String], folder: String) throws -> [[Int]] {
    var groups: [[Int]] = []
    var places: [String: Int] = [:]
    for (i, marks) in try zip(files.indices, marks(files, folder: folder)) {
      let known = marks.compactMap { places[$0] }
      let place = known.min() ?? groups.count
      if place == groups.count { groups.append([]) }
      groups[place].append(i)
      // A file may bring together what two others began.
      for other in Set(known) where other != place {
        groups[place] += groups[other]
        groups[other] = []
        for (mark, number) in places where number == other { places[mark] = place }
      }
      for mark in marks { places[mark] = place }
    }
    return groups.filter { !$0.isEmpty }
  }

  /// What each file shares with those that belong to it: its name without ending; its content, where another
  /// has as many bytes.
  private func marks(_ files: [String], folder: String) throws -> [[String]] {
    let sizes = try files.map { try FileSystem.size(of: "\(folder)/\($0)") ?? -1 }
    let counts = Dictionary(sizes.map { ($0, 1) }, uniquingKeysWith: +)
    return try zip(files, sizes).map { file, size in
      let name = file.split(separator: "/").last ?? ""
      let stem = name.lastIndex(of: ".").map { file.dropLast(name[$0...].count) } ?? file[...]
      guard counts[size] ?? 0 > 1, let bytes = try FileSystem.contents(of: "\(folder)/\(file)")
      else { return ["name \(stem)"] }
      let digest = DigestBuilder()
      digest.update(bytes)
      return ["name \(stem)", "content \(digest.digest())"]
    }
  }
}
