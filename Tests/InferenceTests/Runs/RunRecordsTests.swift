import Core
import Foundation
import TestSupport
import Testing
import Inference

@Suite struct RunRecordsTests {
  private static let lines = [
    #"{"cross_entropy":2.5,"density":0.5,"density_penalty":0,"epoch":0,"images_per_second":9,"kind":"step","loss":2.5,"path":"standard","step":2}"#,
    #"{"density":0.5,"epoch":0,"kind":"epoch","path":"standard","seconds":1,"step":4,"test_accuracy":0.25,"test_loss":2,"train_accuracy":0.5,"train_loss":1.5}"#,
    #"{"density":null,"epoch":1,"kind":"epoch","path":"gated","seconds":1,"step":8,"test_accuracy":null,"test_loss":null,"train_accuracy":1,"train_loss":0.5}"#,
  ]

  private func read(_ text: String, upTo step: Int = 100) throws -> RunRecords? {
    let folder = try TemporaryFolder()
    try folder.write("metrics.jsonl", text)
    return try RunRecords(run: folder.path, upTo: step)
  }

  @Test func recordsAreReadBack() throws {
    let text = Self.lines.map { $0 + "\n" }.joined()
    let records = try #require(try read(text))
    #expect(records.steps.map(\.loss) == [2.5] && records.steps.map(\.density) == [0.5])
    #expect(records.epochs.map(\.path) == [.standard, .gated])
    #expect(records.epochs.map(\.testAccuracy) == [0.25, nil])
    #expect(records.epochs.map(\.density) == [0.5, nil])
    #expect(try read(text, upTo: 4)?.epochs.count == 1)
  }

  /// What is written of digests and mismatches is what is read, and every key stands in every line.
  @Test func recordsOfVerificationAreReadBack() throws {
    let digest = DigestRecord(step: 3, digest: Digest(high: 1, low: 2))
    let mismatches = [nil, 2].map { replica in
      MismatchRecord(
        step: 5, epoch: 1, part: replica == nil ? .state : .replica, replica: replica, owner: 1,
        checker: 0, tensor: "gate")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let lines = try [encoder.encode(digest)] + mismatches.map { try encoder.encode($0) }
    let text = lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    #expect(
      text.hasPrefix(
        #"{"digest":"00000000000000010000000000000002","kind":"digest","step":3}"# + "\n"
          + #"{"checker":0,"epoch":1,"kind":"mismatch","owner":1,"part":"state","replica":null,"step":5,"#
          + #""tensor":"gate"}"# + "\n"))
    let records = try #require(try read(text))
    #expect(records.digests.map(\.digest) == [digest.digest] && records.digests[0].step == 3)
    #expect(records.mismatches.map(\.replica) == [nil, 2])
    #expect(records.mismatches.map(\.part) == [.state, .replica])
    #expect(try read(text, upTo: 4)?.mismatches.isEmpty == true)
  }

  @Test func rollbacksAreReadBack() throws {
    func line(_ step: Int, _ checkpoint: Int) throws -> String {
      let record = RollbackRecord(
        step: step, epoch: 1, checkpoint: checkpoint, reason: "the loss is nan")
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return try String(decoding: encoder.encode(record), as: UTF8.self) + "\n"
    }
    let text = try line(6, 4)
    #expect(
      text
        == #"{"checkpoint":4,"epoch":1,"kind":"rollback","reason":"the loss is nan","step":6}"#
        + "\n")
    let found = try #require(try read(text + line(9, 0))).rollbacks
    #expect(found.map(\.step) == [6, 9] && found.map(\.checkpoint) == [4, 0])
    #expect(found.allSatisfy { $0.epoch == 1 && $0.reason == "the loss is nan" })
    #expect(try read(text, upTo: 5)?.rollbacks.isEmpty == true)
    for (step, checkpoint) in [(4, 4), (3, -1), (1 << 53, 0), (-5, -6)] {
      let error = #expect(throws: CSGError.self) { try read(line(step, checkpoint)) }
      #expect(error?.exitCode == .data && error?.message.contains("line 1") == true)
    }
  }

  @Test func aLineUnderWayIsLeftOut() throws {
    let text = Self.lines[1] + "\n" + Self.lines[2].prefix(40)
    #expect(try read(text)?.epochs.count == 1)
    #expect(try read("")?.epochs.isEmpty == true)
  }

  @Test func foreignLinesAreNamed() throws {
    for line in ["rubbish", #"{"kind":"step"}"#, #"{"kind":"other"}"#] {
      let error = #expect(throws: CSGError.self) { try read("\(Self.lines[0])\n\(line)\n") }
      #expect(error?.exitCode == .data && error?.message.contains("line 2") == true)
    }
  }

  @Test func noFileNoRecords() throws {
    #expect(try RunRecords(run: TemporaryFolder().path, upTo: 1) == nil)
  }
}
