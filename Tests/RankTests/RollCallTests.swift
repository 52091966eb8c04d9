import Communicator
import Core
import Foundation
import Synchronization
import Testing

/// Ranks that ask each other what they are at, here as sockets of one process.
struct RollCallTests {
  private static let job: UInt64 = 0x0123_4567_89AB_CDEF
  private static let ownHost: UInt32 = 0x7F00_0001  // 127.0.0.1

  private static func address(_ rollCall: RollCall) -> [UInt32] { [rollCall.address[0], ownHost] }

  /// A process that answers whoever asks, until it is let go.
  private final class Process: Sendable {
    let rollCall: RollCall
    private let isOver = Atomic(false)

    init(job: UInt64, rank: Int, _ answer: RollCall.Answer?) throws {
      let rollCall = try #require(RollCall(job: job, rank: rank))
      self.rollCall = rollCall
      try BackgroundThread.start("answers") { [self] in
        while !isOver.load(ordering: .relaxed) {
          if let answer { rollCall.answer(answer) }
          sched_yield()
        }
      }
    }

    func end() { isOver.store(true, ordering: .relaxed) }
  }

  @Test func whoDoesNotAnswerIsMissing() throws {
    let asking = try #require(RollCall(job: Self.job, rank: 0))
    let waiting = RollCall.Answer(isWaiting: true, words: "step 5 (backward, layer2.0)")
    let idle = RollCall.Answer(isWaiting: false, words: "the checkpoint of step 4 — ü")
    let others = try [
      Process(job: Self.job, rank: 1, waiting), Process(job: Self.job, rank: 2, nil),
      Process(job: Self.job, rank: 3, idle), Process(job: Self.job + 1, rank: 4, waiting),
    ]
    defer { for other in others { other.end() } }
    for (index, other) in others.enumerated() {
      asking.know(index + 1, address: Self.address(other.rollCall), host: "b")
    }
    let own = RollCall.Answer(isWaiting: true, words: "")
    #expect(asking.ask(meanwhile: own) == [1: waiting, 3: idle])
  }

  /// Two that ask at once answer each other.
  @Test func whoAsksAnswers() throws {
    let (one, two) = try (
      #require(RollCall(job: Self.job, rank: 0)), #require(RollCall(job: Self.job, rank: 1))
    )
    one.know(1, address: Self.address(two), host: "b")
    two.know(0, address: Self.address(one), host: "a")
    let mine = RollCall.Answer(isWaiting: true, words: "one")
    let theirs = RollCall.Answer(isWaiting: true, words: "two")
    let answers = Locked<[Int: RollCall.Answer]?>(nil)
    try BackgroundThread.start("other") {
      let came = two.ask(meanwhile: theirs)
      answers.withLock { $0 = came }
    }
    #expect(one.ask(meanwhile: mine) == [1: theirs])
    // Its question may have come after that.
    while answers.withLock({ $0 == nil }) { one.answer(mine) }
    #expect(answers.withLock { $0 } == [0: mine])
  }

  @Test func aMessageIsReadAsItWasWritten() {
    let long = String(repeating: "layer", count: 400)
    for message in [
      RollCall.Message(rank: 70_000, answer: nil),
      RollCall.Message(rank: 0, answer: RollCall.Answer(isWaiting: false, words: "step 5 — ü")),
      RollCall.Message(rank: 3, answer: RollCall.Answer(isWaiting: true, words: "")),
    ] {
      let bytes = message.bytes(job: Self.job)
      #expect(RollCall.Message(bytes, job: Self.job) == message)
      #expect(RollCall.Message(bytes, job: Self.job ^ 1) == nil)
      for count in 0..<13 { #expect(RollCall.Message(bytes.prefix(count), job: Self.job) == nil) }
    }
    let cut = RollCall.Message(rank: 1, answer: RollCall.Answer(isWaiting: true, words: long))
    #expect(cut.bytes(job: Self.job).count == 512)
    #expect(RollCall.Message([UInt8](repeating: 9, count: 40), job: Self.job) == nil)
  }
}
