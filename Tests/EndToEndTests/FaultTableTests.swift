import Foundation
import TestSupport
import Testing

/// The README's tables of injected faults say what came of them: no number in them is typed.
@Suite struct FaultTableTests {
  /// A line of the evidence, as `launch/faults` writes it.
  private struct Injection: Decodable {
    let number: Int, kind: String
    let faults: [String]?, found: Bool?, learned: Bool?, skipped: String?

    /// Whether a fault of one of these is told of it.
    func has(_ words: String...) -> Bool {
      faults?.contains { fault in words.contains { fault.contains($0) } } ?? false
    }
  }

  private let injections: [Injection]
  private let readme: [String]

  init() throws {
    let evidence = try String(
      contentsOfFile: "\(Places.root)/Tests/Evidence/faults/injections.jsonl", encoding: .utf8)
    injections = try evidence.split(separator: "\n").map {
      try JSONDecoder().decode(Injection.self, from: Data($0.utf8))
    }
    readme = try String(contentsOfFile: "\(Places.root)/README.md", encoding: .utf8)
      .components(separatedBy: "\n")
  }

  /// The cells of the table whose header begins so.
  private func table(_ start: String) throws -> [[String]] {
    let first = try #require(readme.firstIndex { $0.hasPrefix(start) })
    return readme[first...].prefix { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  @Test func eachInjectionStandsThereOnce() {
    #expect(injections.count >= 1000)
    #expect(Set(injections.map(\.number)) == Set(0..<injections.count))
  }

  @Test func theTableOfFaultsIsTheEvidence() throws {
    let rows = try table("| Fault |").dropFirst(2)
    let tried = injections.filter { $0.skipped == nil && !$0.kind.hasPrefix("a bit of") }
    #expect(Set(rows.map { $0[0] }) == Set(tried.map(\.kind) + ["all"]))
    for row in rows {
      let ones = row[0] == "all" ? tried : tried.filter { $0.kind == row[0] }
      let late = ones.count { $0.has("no end", "stay behind", "not named", "exit code") }
      let other = ones.count {
        $0.has("resumed", "digest", "records", "left over", "read-only folder")
      }
      #expect(
        row.dropFirst() == ["\(ones.count)", "\(ones.count - late)", "\(ones.count - other)"],
        "\(row[0])")
    }
  }

  @Test func theTableOfFlipsIsTheEvidence() throws {
    let table = try table("| A bit flips in |")
    for row in table.dropFirst(2) {
      try #require(row.count == table[0].count)
      for (how, cell) in zip(table[0], row).dropFirst() {
        let ones = injections.filter {
          $0.skipped == nil && $0.kind == "a bit of \(row[0]), \(how)"
        }
        try #require(!ones.isEmpty, "\(row[0]), \(how)")
        let learned = ones.count { $0.learned == true }
        let found = ones.count { $0.found == true && $0.learned != true }
        #expect(
          cell == "\(found) found, \(ones.count - found - learned) harmless, \(learned) learned",
          "\(row[0]), \(how)")
      }
    }
  }
}
