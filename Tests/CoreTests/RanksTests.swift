import Core
import Foundation
import Testing

/// Ranks that are threads of one process: what they bring waits until all have brought theirs.
private final class ThreadRanks: @unchecked Sendable {
  let size: Int
  private let condition = NSCondition()
  private var brought: [[UInt8]?], taken = 0

  init(_ size: Int) {
    self.size = size
    brought = Array(repeating: nil, count: size)
  }

  struct Rank: Ranks {
    let all: ThreadRanks, rank: Int
    var size: Int { all.size }
    func gather(_ mine: [UInt8]) -> [[UInt8]] { all.gather(mine, rank) }
  }

  private func gather(_ mine: [UInt8], _ rank: Int) -> [[UInt8]] {
    condition.lock()
    defer { condition.unlock() }
    while brought[rank] != nil { condition.wait() }
    brought[rank] = mine
    condition.broadcast()
    while brought.contains(nil) { condition.wait() }
    let result = brought.compactMap { $0 }
    taken += 1
    if taken == size {
      (brought, taken) = (Array(repeating: nil, count: size), 0)
      condition.broadcast()
    } else {
      while brought[rank] != nil { condition.wait() }
    }
    return result
  }

  /// What `body` comes to on each rank.
  static func run<Value: Sendable>(
    _ size: Int, _ body: @escaping @Sendable (any Ranks) throws -> Value
  ) -> [Result<Value, any Error>] {
    let all = ThreadRanks(size)
    let results = Locked<[Int: Result<Value, any Error>]>([:])
    let group = DispatchGroup()
    for rank in 0..<size {
      group.enter()
      Thread {
        let result = Result { try body(Rank(all: all, rank: rank)) }
        results.withLock { $0[rank] = result }
        group.leave()
      }.start()
    }
    group.wait()
    return results.withLock { results in (0..<size).compactMap { results[$0] } }
  }

  /// The error of each rank.
  static func errors(
    _ size: Int, _ body: @escaping @Sendable (any Ranks) throws -> Void
  ) -> [CSGError] {
    run(size, body).compactMap { result in
      if case .failure(let error) = result { error as? CSGError } else { nil }
    }
  }
}

struct RanksTests {
  @Test func valuesComeInRankOrder() throws {
    let all = ThreadRanks.run(3) { ranks in try ranks.together { ranks.rank * 10 } }
    #expect(try all.map { try $0.get() } == Array(repeating: [0, 10, 20], count: 3))
  }

  @Test func aFaultOfOneIsEveryRanks() {
    let errors = ThreadRanks.errors(3) { ranks in
      try ranks.together { () throws -> Void in
        if ranks.rank > 0 {
          throw CSGError.data("shard-\(ranks.rank)", "is cut", remedy: "fetch it")
        }
      }
    }
    #expect(errors.map(\.message) == Array(repeating: "rank 1: shard-1: is cut", count: 3))
    #expect(errors.allSatisfy { $0.exitCode == .data && $0.remedy == "fetch it" })
  }

  @Test func aFaultOfRank0AloneNamesIt() {
    let errors = ThreadRanks.errors(2) { ranks in
      try ranks.together { () throws -> Void in
        if ranks.rank == 0 { throw CSGError(.noInput, "a: no such file") }
      }
    }
    #expect(errors.map(\.message) == ["rank 0: a: no such file", "rank 0: a: no such file"])
  }

  @Test func aFaultThatAllHaveNamesNoRank() {
    let errors = ThreadRanks.errors(2) { ranks in
      try ranks.together { () throws -> Void in throw CSGError(.noInput, "a: no such file") }
    }
    #expect(errors.map(\.message) == ["a: no such file", "a: no such file"])
  }

  @Test func theRootsFaultIsEveryRanks() {
    let errors = ThreadRanks.errors(3) { ranks in
      try ranks.onRoot { throw CSGError(.inputOutput, "the disk is full") }
    }
    #expect(errors.map(\.message) == Array(repeating: "the disk is full", count: 3))
    #expect(ThreadRanks.errors(2) { try $0.onRoot {} }.isEmpty)
  }

  @Test func thoseGivenTheSameAgree() {
    let things = (0..<5).map { Agreement("key \($0)", "value") }
    #expect(ThreadRanks.errors(4) { try $0.agree(on: things) }.isEmpty)
    #expect(ThreadRanks.errors(4) { try $0.agree(on: [Agreement]()) }.isEmpty)
  }

  @Test(arguments: [1, 2]) func theFirstDifferenceIsNamedWithItsRank(_ other: Int) {
    let errors = ThreadRanks.errors(3) { ranks in
      let things = (0..<5).map { i in
        Agreement(
          "key \(i)", ranks.rank == other && i >= 3 ? "theirs" : "ours",
          exitCode: i == 3 ? .data : .configuration)
      }
      try ranks.agree(on: things)
    }
    #expect(errors.count == 3)
    #expect(errors.allSatisfy { $0.exitCode == .data })
    #expect(
      errors.map(\.message)
        == Array(
          repeating: "rank \(other) differs from rank 0 in key 3: it has theirs, rank 0 ours",
          count: 3))
  }

  @Test func missingAndAdditionalThingsAreDifferences() {
    for other in [3, 5] {
      let errors = ThreadRanks.errors(2) { ranks in
        try ranks.agree(
          on: (0..<(ranks.rank == 1 ? other : 4)).map { Agreement("file \($0)", "\($0) bytes") })
      }
      #expect(errors.count == 2)
      let expected =
        other == 3
        ? "in file 3: it has nothing, rank 0 file 3: 3 bytes"
        : "in file 4: it has file 4: 4 bytes, rank 0 nothing"
      #expect(errors.allSatisfy { $0.message.hasSuffix(expected) }, "\(errors)")
    }
  }

  /// A rank of another version does not speak of agreement at all.
  @Test func anotherProgramIsTold() {
    let errors = ThreadRanks.errors(2) { ranks in
      if ranks.rank == 0 {
        try ranks.agree(on: [Agreement("a", "b")])
      } else {
        _ = try ranks.gather(Array("host-7".utf8))
      }
    }
    #expect(
      errors.map(\.message) == ["rank 1 speaks otherwise than rank 0: its program is another"])
    #expect(errors.allSatisfy { $0.exitCode == .configuration })
  }
}
