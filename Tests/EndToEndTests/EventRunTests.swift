import Core
import Datasets
import Events
import Foundation
import Storage
import TestSupport
import Testing

/// TensorBoard's events of runs on real images.
@Suite struct EventRunTests {
  private func events(_ file: String) throws -> [Event] {
    let bytes = try #require(FileManager.default.contents(atPath: file))
    return EventFile.events(in: [UInt8](bytes))
  }

  /// Each value of metrics.jsonl once, at its step, whatever was cut off on the way; and the gate.
  @Test func eventsAreTheRecords() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.train("a", ["--max-steps", "10"], ranks: 2).status == 0)
    let first = try #require(try sandbox.eventFiles("a").first)
    let whole = try #require(FileManager.default.contents(atPath: first))
    try (whole + whole.prefix(30)).write(to: URL(fileURLWithPath: first))  // killed while writing
    let checkpoint = "runs/a/checkpoints/step-000000008.h5"
    #expect(
      try sandbox.train("a", ["--max-steps", "12", "--resume", checkpoint]).status == 0)

    let files = try sandbox.eventFiles("a")
    #expect(files.count == 2 && files.first == first)
    #expect(try events(files[0]).map(\.step) == [0, 1] + Array(1...8))
    let second = try events(files[1])
    #expect(second.prefix(2).map(\.content) == [.version("brain.Event:2"), .start])
    #expect(second.map(\.step) == [0, 9, 9, 10, 11, 11, 12])

    let shown = try files.flatMap(events).compactMap { event -> (Int, [EventValue])? in
      if case .values(let values) = event.content { (event.step, values) } else { nil }
    }
    let records = try sandbox.records("a")
    #expect(shown.map(\.0) == records.map { $0["step"] as? Int } && records.count == 13)
    for (record, (_, values)) in zip(records, shown) {
      let scalars = values.compactMap { value -> (String, Float)? in
        if case .scalar(let tag, let number) = value { (tag, number) } else { nil }
      }
      #expect(Dictionary(uniqueKeysWithValues: scalars) == Sandbox.scalars(of: record))
      #expect(scalars.count >= 5)
    }
    try expectGate(shown, sandbox)
  }

  /// The only picture is that of the gate when epoch 0 ended.
  private func expectGate(_ shown: [(Int, [EventValue])], _ sandbox: Sandbox) throws {
    let pictures = shown.flatMap { step, values in
      values.compactMap { value -> (Int, Picture)? in
        guard case .image("gate/matrix", let png, _, _, 1) = value else { return nil }
        return (try? Picture(decoding: png, path: "", as: .stored)).map { (step, $0) }
      }
    }
    #expect(pictures.map(\.0) == [11])
    let picture = try #require(pictures.first?.1)
    #expect((picture.height, picture.width) == (160, 1024))
    let saved = try Checkpoint(
      reading: sandbox.folder("runs/a/checkpoints/step-000000011.h5"))
    let gate = try #require(saved.gate)
    for (i, entry) in gate.values.enumerated() {
      let (c, k) = i.quotientAndRemainder(dividingBy: 64)
      let level = picture.pixels[(16 * c + 15) * 1024 + 16 * k]
      #expect(level == UInt8((255 * entry).rounded()), "G[\(c), \(k)]")
    }
  }

  @Test func eventsCanBeLeftOut() throws {
    let sandbox = try Sandbox()
    let sets = ["--set", "log.tensorboard=false"]
    #expect(try sandbox.train("a", ["--max-steps", "1"] + sets).status == 0)
    #expect(try sandbox.eventFiles("a").isEmpty)
    #expect(try sandbox.records("a").count == 1)
  }
}
