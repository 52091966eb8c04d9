import CDatagram
import Core

/// Ranks of other hosts, asked what they are at where the job stands still: one that is stopped, or whose host is
/// away, does not answer.
///
/// MPI cannot be asked then: its calls are what stands still. Questions and answers are datagrams of their own, each
/// with the job's number, so that nobody else is answered; they may be lost, and a network may let none through.
///
/// It is of one thread at a time: the watchdog's, once it is known there.
package final class RollCall: @unchecked Sendable {
  /// What a rank answers.
  package struct Answer: Equatable, Sendable {
    /// Whether it waits for others itself.
    package let isWaiting: Bool
    /// Where it stands, in words.
    package let words: String

    package init(isWaiting: Bool, words: String) {
      (self.isWaiting, self.words) = (isWaiting, words)
    }
  }

  /// A rank of another host, as it gave itself out.
  struct Other: Sendable {
    let rank: Int
    fileprivate let places: [cdatagram_place]
    /// Its host's name.
    let host: String
  }

  private let job: UInt64, rank: Int
  private let descriptor: Int32, port: UInt16
  private(set) var others: [Other] = []

  private static let mostHosts = 16, mostBytes = 512
  /// How long answers are waited for, and how often questions are asked meanwhile.
  private static let seconds = 0.5, repetitions = 5

  /// Gets ready to be asked; nil where the system has no socket to give. `job` is the same on every rank of it, and
  /// on no other.
  package init?(job: UInt64, rank: Int) {
    var port: UInt16 = 0
    let descriptor = cdatagram_open(&port)
    guard descriptor >= 0 else { return nil }
    (self.job, self.rank, self.descriptor, self.port) = (job, rank, descriptor, port)
  }

  deinit { cdatagram_close(descriptor) }

  /// Where others reach this rank: its port, then its host's addresses.
  package var address: [UInt32] {
    var hosts = [UInt32](repeating: 0, count: Self.mostHosts)
    let count = cdatagram_hosts(&hosts, Int32(Self.mostHosts))
    return [UInt32(port)] + hosts.prefix(max(0, Int(count)))
  }

  /// Learns of a rank of another host, at its `address`; of one that has none nothing can be asked.
  package func know(_ rank: Int, address: [UInt32], host: String) {
    guard address.count > 1, let port = UInt16(exactly: address[0]) else { return }
    let places = address.dropFirst().map { cdatagram_place(host: $0, port: port) }
    others.append(Other(rank: rank, places: places, host: host))
  }

  // MARK: Questions and answers

  /// Waits until somebody has asked or answered, so many milliseconds at the most.
  func await(milliseconds: Int) { cdatagram_wait(descriptor, Int32(milliseconds)) }

  /// Answers who has asked since; returns whether anybody has.
  @discardableResult
  package func answer(_ answer: @autoclosure () -> Answer) -> Bool {
    var wasAsked = false
    while let (message, from) = receive() {
      guard message.answer == nil else { continue }
      wasAsked = true
      send(Message(rank: rank, answer: answer()), to: from)
    }
    return wasAsked
  }

  /// Asks all others, and answers whoever asks meanwhile; returns what came within half a second.
  package func ask(meanwhile own: @autoclosure () -> Answer) -> [Int: Answer] {
    var answers: [Int: Answer] = [:]
    let period = Self.seconds / Double(Self.repetitions)
    for _ in 0..<Self.repetitions {
      for other in others where answers[other.rank] == nil {
        for place in other.places { send(Message(rank: rank, answer: nil), to: place) }
      }
      let end = SpanClock.now + UInt64(period * 1e9)
      while answers.count < others.count, SpanClock.now < end {
        cdatagram_wait(descriptor, 10)
        while let (message, from) = receive() {
          if let answer = message.answer {
            // Hosts may have an address in common, so that a question comes to a rank of this one.
            if others.contains(where: { $0.rank == message.rank }) {
              answers[message.rank] = answer
            }
          } else {
            send(Message(rank: rank, answer: own()), to: from)
          }
        }
      }
    }
    return answers
  }

  private func send(_ message: Message, to place: cdatagram_place) {
    let bytes = message.bytes(job: job)
    // One that cannot be sent is one that did not arrive.
    _ = cdatagram_send(descriptor, place, bytes, Int32(bytes.count))
  }

  private func receive() -> (message: Message, from: cdatagram_place)? {
    while true {
      var from = cdatagram_place()
      var bytes = [UInt8](repeating: 0, count: Self.mostBytes)
      let count = cdatagram_receive(descriptor, &from, &bytes, Int32(bytes.count))
      guard count >= 0 else { return nil }
      if let message = Message(bytes.prefix(Int(count)), job: job) { return (message, from) }
    }
  }

  /// A question, or an answer: the job's number, the sender's, what it is, and its words.
  package struct Message: Equatable {
    package let rank: Int
    /// Nil: a question.
    package let answer: Answer?

    private static let header = 13
    private enum Kind: UInt8 { case question, standing, waiting }

    package init(rank: Int, answer: Answer?) { (self.rank, self.answer) = (rank, answer) }

    /// Of bytes that came; nil where they are of no message of this job.
    package init?(_ bytes: some Collection<UInt8>, job: UInt64) {
      let bytes = Array(bytes)
      guard bytes.count >= Self.header, let kind = Kind(rawValue: bytes[12]) else { return nil }
      func number(_ range: Range<Int>) -> UInt64 {
        bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
      }
      guard number(0..<8) == job else { return nil }
      rank = Int(number(8..<12))
      let words = String(decoding: bytes[Self.header...], as: UTF8.self)
      answer = kind == .question ? nil : Answer(isWaiting: kind == .waiting, words: words)
    }

    package func bytes(job: UInt64) -> [UInt8] {
      func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      }
      let kind = answer.map { $0.isWaiting ? Kind.waiting : .standing } ?? .question
      let words = (answer?.words ?? "").utf8.prefix(RollCall.mostBytes - Self.header)
      return bytes(job, 8) + bytes(UInt64(rank), 4) + [kind.rawValue] + words
    }
  }
}
