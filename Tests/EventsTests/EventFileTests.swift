import Core
import Events
import Foundation
import TestSupport
import Testing

/// Event files as a run writes, resumes and cuts them.
@Suite struct EventFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder(name))))
  }

  @Test func whatIsWrittenIsRead() throws {
    let values: [EventValue] = [
      .scalar("train/loss", 0.25),
      .image("gate/matrix", png: [1, 2, 3], height: 4, width: 5, channels: 1),
    ]
    let before = Date().timeIntervalSince1970
    let writer = try EventWriter(in: folder.path, afterStep: 12)
    try writer.write(values, step: 13)
    let after = Date().timeIntervalSince1970
    let names = try EventFile.names(in: folder.path)
    #expect(names.count == 1)
    #expect(names[0].wholeMatch(of: /events\.out\.tfevents\.\d{10}\..+/) != nil, "\(names)")
    let events = EventFile.events(in: try bytes(names[0]))
    #expect(events.map(\.content) == [.version("brain.Event:2"), .start, .values(values)])
    #expect(events.map(\.step) == [0, 13, 13])
    #expect(events.allSatisfy { before <= $0.wallTime && $0.wallTime <= after })
  }

  /// TensorBoard reads by name: each new file comes after the others, within the same second and
  /// where the clock was set back.
  @Test func laterFilesHaveLaterNames() throws {
    func name(_ names: [String], _ seconds: Int) -> String {
      EventFile.newName(besides: names, seconds: seconds, host: "b")
    }
    #expect(name([], 1_700_000_000) == "events.out.tfevents.1700000000.b")
    let old = ["events.out.tfevents.1700000005.a"]
    #expect(name(old, 1_700_000_005) == "events.out.tfevents.1700000006.b")
    #expect(name(old, 1_600_000_000) == "events.out.tfevents.1700000006.b")
    #expect(name(old, 1_800_000_000) == "events.out.tfevents.1800000000.b")
    #expect(name([], 7) == "events.out.tfevents.0000000007.b")
    #expect(name([], 1 << 32) == "events.out.tfevents.4294967296.b", "past 32 bits")
    let foreign = [
      "events.out.tfevents.9999999999.a", "events.out.tfevents.99999999999.a",
      "events.out.tfevents.\(Int.max).a", "events.out.tfevents.\(UInt.max).a",
    ]
    #expect(name(foreign, 1_700_000_000) == "events.out.tfevents.1700000000.b", "no successor")
    let written = try (0..<3).map { step in
      _ = try EventWriter(in: folder.path, afterStep: step)
      return try #require(try EventFile.names(in: folder.path).last)
    }
    #expect(try written == EventFile.names(in: folder.path) && Set(written).count == 3)
  }

  @Test func cuttingLeavesWhatWasBefore() throws {
    let writer = try EventWriter(in: folder.path, afterStep: 2)
    for step in 3...6 { try writer.write([.scalar("a", Float(step))], step: step) }
    let whole = try bytes(try EventFile.names(in: folder.path)[0])
    let half = Array(whole.dropLast(5))
    let cut = try #require(EventFile.cut(half) { $0.step > 4 })
    #expect(whole.starts(with: cut))
    #expect(EventFile.events(in: cut).map(\.step) == [0, 3, 3, 4])
    let untorn = try #require(EventFile.cut(half) { _ in false })
    #expect(EventFile.events(in: untorn).map(\.step) == [0, 3, 3, 4, 5])
    #expect(EventFile.cut(whole) { _ in false } == whole)
    #expect(EventFile.cut(whole) { $0.step > 2 } == nil, "no value is left")
    #expect(EventFile.cut([1, 2, 3]) { _ in false } == nil)
  }

  @Test func aFolderThatIsMissingIsNamed() {
    #expect {
      try EventWriter(in: folder("none"), afterStep: 0)
    } throws: {
      let error = $0 as? CSGError
      return error?.exitCode == .cannotCreate && error?.message.contains("none/events") == true
    }
  }
}
