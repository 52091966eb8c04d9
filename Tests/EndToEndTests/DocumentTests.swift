import Foundation
import TestSupport
import Testing

/// What the documents name is there: paths, links, types and members; and the README's drawing is the
/// package.
///
/// A document is the README, a Markdown file in `.github`, or one in a catalogue of a target. What
/// stands in backquotes is looked up where it reads like Swift: `Type`, `Type.member`, `aMember`,
/// `function(label:)`.
@Suite struct DocumentTests {
  /// Where it lies below the root, and what it says.
  private struct Document: Sendable {
    let path: String, text: String

    init(path: String) throws {
      self.path = path
      text = try DocumentTests.text(path)
    }

    var folder: String { path.split(separator: "/").dropLast().map { "\($0)/" }.joined() }

    /// What stands in backquotes, but in blocks of code.
    var spans: [String] {
      let parts = text.components(separatedBy: "```")
      let prose = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }.joined(separator: "\n")
      let pieces = prose.replacing("``", with: "`").components(separatedBy: "`")
      return stride(from: 1, to: pieces.count, by: 2).map { pieces[$0] }
    }

    /// Paths of the project, code included; patterns left out.
    var paths: [String] {
      func isPart(_ c: Character) -> Bool { c.isLetter || c.isNumber || "_./-+*…".contains(c) }
      var paths: [String] = []
      for word in text.split(whereSeparator: { !isPart($0) }) {
        let path = String(word.last == "." ? word.dropLast() : word)
        let parts = path.split(whereSeparator: { "-/.".contains($0) }).map(String.init)
        let isPattern =
          path.contains("*") || path.contains("…")
          || !DocumentTests.placeholders.isDisjoint(with: parts)
        if !isPattern, DocumentTests.roots.contains(where: { path.hasPrefix($0) }) {
          paths.append(path)
        }
      }
      return paths
    }

    /// Where links lead that stay in the project.
    var links: [String] {
      func targets(_ start: String, _ end: Character) -> [String] {
        text.components(separatedBy: start).dropFirst().map { part in
          String(part.prefix(while: { $0 != end }))
        }
      }
      let plain = targets("](", ")").filter { !$0.hasPrefix("http") && !$0.hasPrefix("#") }
      return plain + targets("<doc:", ">").map { "\($0).md" }
    }
  }

  private static let roots = ["Sources/", "Tests/", "launch/", "configs/", ".github/", ".ci/"]
  /// Words in paths that stand for others.
  private static let placeholders: Set = ["NET", "KIND", "TARGET", "NAME"]
  /// Names in backquotes that are others' and read like ours: folders of PASCAL VOC, a key of Chrome's traces.
  private static let foreign: Set = ["SegmentationObject", "Annotations", "otherData"]

  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(Places.root)/\(path)", encoding: .utf8)
  }

  /// Files below a folder of the root, at any depth.
  private static func files(in folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: "\(Places.root)/\(folder)")?
      .compactMap { $0 as? String }
    return (names ?? []).map { "\(folder)/\($0)" }.sorted()
  }

  private static let sources = files(in: "Sources")

  private static let documents = Result<[Document], any Error> {
    let github = files(in: ".github").filter { $0.hasSuffix(".md") }
    let catalogues = sources.filter { $0.hasSuffix(".md") && $0.contains(".docc/") }
    return try (["README.md"] + github + catalogues).map { try Document(path: $0) }
  }

  @Test func thereAreDocuments() throws {
    #expect(try Self.documents.get().count > 20)
  }

  @Test func everyPathIsThere() throws {
    for document in try Self.documents.get() {
      let linked = document.links.map { document.folder + $0 }
      for path in document.paths + linked {
        #expect(
          FileManager.default.fileExists(atPath: "\(Places.root)/\(path)"),
          "\(document.path) names \(path)")
      }
    }
  }

  /// Documentation lies in targets' folders, and is none of their sources.
  @Test func everyCatalogueIsExcluded() throws {
    let manifest = try Self.text("Package.swift")
    let catalogues = try Set(
      Self.documents.get().flatMap { $0.path.split(separator: "/") }
        .filter { $0.hasSuffix(".docc") })
    for catalogue in catalogues {
      #expect(manifest.contains("exclude: [\"\(catalogue)\"]"), "\(catalogue)")
    }
  }

  // MARK: Names

  private static let keywords: Set<Substring> = [
    "func", "class", "struct", "enum", "protocol", "extension", "typealias", "let", "var", "case",
  ]

  /// What a line of code declares: what follows a keyword, what stands before a colon (a property, a
  /// parameter) and the label before that, and further cases.
  private static func declarations(_ line: Substring) -> [Substring] {
    let words = line.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
    func isBeforeColon(_ word: Substring) -> Bool { line[word.endIndex...].first == ":" }
    return words.indices.filter { i in
      if words[i..<min(i + 2, words.count)].contains(where: isBeforeColon) { return true }
      return i > 0 && (keywords.contains(words[i - 1]) || words[0] == "case")
    }.map { words[$0] }
  }

  /// All names that the sources declare, and those of targets and products.
  private static func declaredNames() throws -> Set<String> {
    var names: Set<String> = ["init", "_"]
    for path in sources where path.hasSuffix(".swift") {
      for line in try text(path).split(separator: "\n") {
        let code = line.drop { $0 == " " }
        if code.hasPrefix("//") { continue }
        for name in declarations(code) { names.insert(String(name)) }
      }
    }
    for (target, dependencies) in try packageGraph() {
      names.formUnion(dependencies)
      names.insert(target)
    }
    return names
  }

  /// The names of a span that reads like Swift, its labels among them; none of any other.
  private func names(in span: String) -> [String] {
    guard
      let match = span.wholeMatch(
        of: #/\.?([A-Za-z]\w*(?:\.[A-Za-z_]\w*)*)(\((?:\w+:)*\))?/#)
    else { return [] }
    let parts = match.1.split(separator: ".").map(String.init)
    guard let first = parts.first, parts.last != "swift" else { return [] }
    let isType = first.wholeMatch(of: #/[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*/#) != nil
    let isMember = first.wholeMatch(of: #/[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*/#) != nil
    guard isType || isMember || match.2 != nil else { return [] }
    let labels = (match.2 ?? "").split(whereSeparator: { "(:)".contains($0) }).map(String.init)
    return parts + labels
  }

  @Test func everySymbolIsDeclared() throws {
    let known = try Self.declaredNames().union(Self.foreign)
    var found = 0
    for document in try Self.documents.get() {
      for span in document.spans {
        for name in names(in: span) {
          found += 1
          #expect(known.contains(name), "\(document.path) names \(span)")
        }
      }
    }
    #expect(found > 300, "only \(found) names were looked up")
  }

  // MARK: The drawing

  /// What each target that is no test depends on, as `Package.swift` has it.
  private static func packageGraph() throws -> [String: Set<String>] {
    let manifest = try text("Package.swift").components(separatedBy: ".testTarget(")[0]
    let marked = [".systemLibrary(", ".executableTarget("].reduce(manifest) {
      $0.replacing($1, with: ".target(")
    }
    var graph: [String: Set<String>] = [:]
    for target in marked.components(separatedBy: ".target(").dropFirst() {
      let name = target.components(separatedBy: "\"")[1]
      if name == "TestSupport" { continue }
      let list = target.components(separatedBy: "dependencies: [").dropFirst().first ?? ""
      let pieces = list.components(separatedBy: "]")[0].components(separatedBy: "\"")
      let quoted = stride(from: 1, to: pieces.count, by: 2).filter {
        !pieces[$0 - 1].hasSuffix("package: ")
      }
      graph[name] = Set(quoted.map { pieces[$0] })
    }
    return graph
  }

  /// What can be reached from each node that leads anywhere.
  private func closure(_ graph: [String: Set<String>]) -> [String: Set<String>] {
    var reached = graph.filter { !$0.value.isEmpty }
    var grows = true
    while grows {
      grows = false
      for (node, targets) in reached {
        let further = targets.reduce(targets) { $0.union(reached[$1] ?? []) }
        if further.count > targets.count {
          reached[node] = further
          grows = true
        }
      }
    }
    return reached
  }

  /// An arrow that follows from others may be left out; nodes may stand for several targets.
  @Test func theDrawingIsThePackage() throws {
    let readme = try Self.text("README.md")
    let block = try #require(readme.components(separatedBy: "```mermaid\n").dropFirst().first)
    var drawn: [String: Set<String>] = [:]
    var nodes: [String: String] = [:]
    for line in block.components(separatedBy: "\n```")[0].split(separator: "\n") {
      let text = String(line.drop { $0 == " " })
      let arrow = text.components(separatedBy: " --> ")
      let quoted = text.components(separatedBy: "\"")
      if arrow.count == 2 {
        drawn[arrow[0], default: []].formUnion(arrow[1].components(separatedBy: " & "))
      } else if quoted.count == 3 {
        let node = String(quoted[0].dropLast())  // the bracket
        for member in quoted[1].components(separatedBy: ", ") { nodes[member] = node }
      }
    }

    let graph = try Self.packageGraph()
    let known = graph.reduce(Set(graph.keys)) { $0.union($1.value) }
    #expect(Set(nodes.keys).isSubset(of: known))
    var meant: [String: Set<String>] = [:]
    for (target, dependencies) in graph {
      let node = nodes[target] ?? target
      let others = dependencies.map { nodes[$0] ?? $0 }.filter { $0 != node }
      meant[node, default: []].formUnion(others)
    }
    for (node, targets) in drawn {
      let wrong = targets.subtracting(meant[node] ?? [])
      #expect(wrong.isEmpty, "Package.swift has no \(node) → \(wrong.sorted())")
    }
    let (drawing, truth) = (closure(drawn), closure(meant))
    for node in Set(drawing.keys).union(truth.keys) {
      #expect(drawing[node] == truth[node], "what \(node) depends on")
    }
  }
}
