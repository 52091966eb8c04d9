import Core
import Foundation
import Network
import TestSupport
import Testing

/// The README's table of speeds says what was measured: no number in it is typed.
@Suite struct SpeedTableTests {
  /// A line of the evidence.
  private struct Measurement: Decodable {
    let machine: String, cpu: String, architecture: String, path: String
    let image: Int, batch: Int, ranks: Int, threads: Int, steps: Int
    let imagesPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case machine, cpu, architecture, path, image, batch, ranks, threads, steps
      case imagesPerSecond = "images_per_second"
    }
  }

  private let measurements: [Measurement]
  /// Cells of the README's table.
  private let header: [String], rows: [[String]]

  init() throws {
    let evidence = try String(
      contentsOfFile: "\(Places.root)/Tests/Evidence/nets/speed.jsonl", encoding: .utf8)
    measurements = try evidence.split(separator: "\n").map {
      try JSONDecoder().decode(Measurement.self, from: Data($0.utf8))
    }
    let readme = try String(contentsOfFile: "\(Places.root)/README.md", encoding: .utf8)
      .components(separatedBy: "\n")
    let first = try #require(readme.firstIndex { $0.hasPrefix("| images a second ") })
    let table = readme[first...].prefix { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    header = table[0]
    rows = Array(table.dropFirst(2))
  }

  /// One machine, one thread, the conditions that the README names, each net and side once.
  @Test func theEvidenceIsOfOneKind() throws {
    let first = try #require(measurements.first)
    for one in measurements {
      #expect(one.machine == first.machine && one.cpu == first.cpu)
      #expect(one.ranks == 1 && one.threads == 1 && one.batch == 8 && one.path == "standard")
      #expect(one.steps >= 5 && one.imagesPerSecond > 0)
      #expect(Architecture.names.contains(one.architecture))
    }
    #expect(Set(measurements.map { "\($0.architecture) \($0.image)" }).count == measurements.count)
  }

  @Test func theTableIsTheEvidence() throws {
    let first = try #require(measurements.first)
    #expect(header[0] == "images a second (\(first.machine), \(first.cpu))")
    let sides = try header.dropFirst().map { try #require(Int($0.dropLast())) }
    #expect(sides == [32, 64, 128, 224] && !rows.isEmpty)
    for row in rows {
      try #require(row.count == 5)
      for (side, cell) in zip(sides, row.dropFirst()) {
        let one = measurements.first { $0.architecture == row[0] && $0.image == side }
        let speed = one.map {
          NumberText.fixed($0.imagesPerSecond, $0.imagesPerSecond < 10 ? 1 : 0)
        }
        #expect(cell == speed ?? "–", "\(row[0]) at \(side)")
      }
    }
  }
}
