import Foundation
import Testing

/// `stalls/step-N-rank-R.json` of a run, as its readers see it.
struct StallFile: Decodable {
  let version: String, host: String
  let rank: Int, ranks: Int, writtenBy: Int, step: Int, timeoutSeconds: Int
  let at: Place
  let waitsFor: Wait?
  let lastProgressNs: UInt64, writtenNs: UInt64
  let events: [Event]

  struct Place: Decodable, Equatable {
    let words: String, phase: String, number: Int?, stage: String?, layer: String?
  }

  struct Wait: Decodable {
    let call: String, bucket: Int?, ranks: [Other]

    struct Other: Decodable, Equatable {
      let rank: Int, step: Int, at: Place, lastProgressNs: UInt64
    }
  }

  struct Event: Decodable {
    let thread: String, step: Int, phase: String
    let number: Int?, layer: String?, bucket: Int?, call: String?
    let startNs: UInt64, lengthNs: UInt64?
    var length: UInt64? { lengthNs }
  }

  /// The only one of `rank` in a run directory.
  init(of rank: Int, in run: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(run)/stalls")
    let own = names.filter { $0.hasSuffix("-rank-\(rank).json") }
    try #require(own.count == 1, "\(names)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(
      Self.self, from: Data(contentsOf: URL(fileURLWithPath: "\(run)/stalls/\(own[0])")))
    #expect(own[0] == "step-\(step)-rank-\(rank).json" && self.rank == rank)
    #expect(!version.isEmpty && !host.isEmpty)
    #expect(events.map(\.startNs) == events.map(\.startNs).sorted() && !events.isEmpty)
    #expect(events.allSatisfy { $0.startNs + ($0.lengthNs ?? 0) <= lastProgressNs })
  }

  /// That it was written down after so many seconds, and no more than `patienceSeconds` later, by the clock of the
  /// rank itself: since its longest wait for others began, whatever its other threads did meanwhile; or, where it
  /// waits for none, since anything of it came further.
  func expectTold(afterSeconds seconds: Int, patienceSeconds: Double) {
    #expect(timeoutSeconds == seconds)
    let waits = events.filter { $0.call != nil && $0.lengthNs == nil }
    let waited = Double(writtenNs - (waits.map(\.startNs).min() ?? lastProgressNs)) / 1e9
    #expect(waited >= Double(seconds) && waited < Double(seconds) + patienceSeconds, "\(waited) s")
  }
}
