import Core
import Foundation
import TestSupport
import Testing

/// Shares and their tests as SciPy has them (`Tests/Golden/shares.py`).
enum ShareCases {
  /// The numbers of each case of a kind.
  static func read(_ kind: String) throws -> [[Double]] {
    let text = try String(contentsOfFile: Places.golden("shares.txt"), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("\(kind) ") }.map { line in
      line.split(separator: " ").dropFirst().compactMap { Double($0) }
    }
  }
}

struct WilsonSciPyTests {
  @Test func intervalsAreSciPys() throws {
    let cases = try ShareCases.read("wilson")
    #expect(cases.count == 42)
    for values in cases {
      let interval = try #require(WilsonInterval(Int(values[0]), of: Int(values[1])))
      #expect(abs(interval.low - values[2]) < 1e-14, "\(values)")
      #expect(abs(interval.high - values[3]) < 1e-14, "\(values)")
    }
  }
}
