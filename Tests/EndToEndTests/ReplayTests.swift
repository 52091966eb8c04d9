import Foundation
import Storage
import TestSupport
import Testing

/// `csg-dist replay`: a stretch of a run is repeated and held against what the run has left.
@Suite struct ReplayTests {
  /// A run over both paths with a digest each third step, and checkpoints of steps 4, 8, 11, 12, 16, 20, 22.
  private static let base = Result {
    let sandbox = try Sandbox()
    let finished = try sandbox.train(
      "a", ["--set", "log.digests=3", "--set", "epochs=2", "--set", "compute.threads=1"])
    try #require(finished.status == 0, "\(finished.errors)")
    return sandbox
  }

  private func replay(
    _ run: String, from step: Int, _ steps: Int, _ more: [String] = [], ranks: Int? = nil,
    in sandbox: Sandbox
  ) throws -> Finished {
    let name = String(format: "step-%09d.h5", step)
    return try Program.run(
      ["replay", run, "--from", name, "--steps", "\(steps)"] + more, ranks: ranks, in: sandbox.path)
  }

  /// A copy of the run, to be changed.
  private func copy(_ name: String) throws -> Sandbox {
    let sandbox = try Self.base.get()
    try FileManager.default.copyItem(
      atPath: sandbox.folder("runs/a"), toPath: sandbox.folder("runs/\(name)"))
    return sandbox
  }

  @Test func recordsAreThoseOfCheckpoints() throws {
    let sandbox = try Self.base.get()
    let records = try sandbox.records("a").filter { $0["kind"] as? String == "digest" }
    #expect(records.map { $0["step"] as? Int } == [3, 6, 9, 12, 15, 18, 21])
    let inspected = try Program.run(
      ["inspect", "runs/a/checkpoints/step-000000012.h5", "--digest"], in: sandbox.path)
    #expect(inspected.output == "\(records[3]["digest"] ?? "")\n")
  }

  /// Over the change of paths, on any number of ranks, also with the data elsewhere; nothing is written.
  @Test(arguments: [nil, 2] as [Int?]) func aStretchIsEqual(_ ranks: Int?) throws {
    let sandbox = try Self.base.get()
    let before = sandbox.listing("runs/a")
    let finished = try replay("runs/a", from: 8, 7, ranks: ranks, in: sandbox)
    #expect(finished.status == 0, "\(finished.errors)")
    let lines = finished.output.split(separator: "\n")
    #expect(
      lines == [
        "step 9  record  equal", "step 11  checkpoint  equal", "step 12  record  equal",
        "step 12  checkpoint  equal", "step 15  record  equal",
      ])
    #expect(sandbox.listing("runs/a") == before)
  }

  @Test func theDataMayLieElsewhere() throws {
    let sandbox = try copy("moved")
    let elsewhere = try TemporaryFolder()
    for (path, name) in [("runs/moved", "moved"), ("data", "there")] {
      try FileManager.default.copyItem(
        atPath: sandbox.folder(path), toPath: elsewhere(name))
    }
    func replay(_ more: [String]) throws -> Finished {
      try Program.run(
        [
          "replay", "moved", "--from", "moved/checkpoints/step-000000008.h5", "--steps", "3",
          "--json",
        ]
          + more, in: elsewhere.path)
    }
    let missing = try replay([])
    #expect(missing.status == 66 && missing.lastErrorLine.contains("data/train"))
    let finished = try replay(["--data", "there"])
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    #expect(document["equal"] as? Bool == true && document["first_difference"] is NSNull)
    #expect(document["first_step"] as? Int == 8 && document["last_step"] as? Int == 11)
    let compared = try #require(document["compared"] as? [[String: Any]])
    #expect(compared.map { $0["step"] as? Int } == [9, 11])
    #expect(compared.allSatisfy { $0["expected"] as? String == $0["found"] as? String })
  }

  @Test func aFalsifiedRecordIsFound() throws {
    let sandbox = try copy("record")
    let file = sandbox.folder("runs/record/metrics.jsonl")
    var lines = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n")
    let number = try #require(lines.firstIndex { $0.hasSuffix(#""kind":"digest","step":12}"#) })
    lines[number] = lines[number].replacing(#/"digest":"./#, with: #""digest":"x"#)
    try lines.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
    let finished = try replay("runs/record", from: 8, 7, in: sandbox)
    #expect(finished.status == 65, "\(finished.errors)")
    #expect(
      finished.output.split(separator: "\n").suffix(3) == [
        "step 12  record  differs", "step 12  checkpoint  equal", "step 15  record  equal",
      ])
    #expect(finished.lastErrorLine.contains("the record of step 12 differs"))
    #expect(
      finished.lastErrorLine.contains("between step 11, up to which all is equal, and step 12"))
  }

  /// One bit of θ, in a checkpoint that is whole by its own digest.
  @Test func aFalsifiedCheckpointIsFound() throws {
    let sandbox = try copy("checkpoint")
    let file = sandbox.folder("runs/checkpoint/checkpoints/step-000000016.h5")
    var checkpoint = try Checkpoint(reading: file)
    let tensor = checkpoint.parameters[3]
    var values = tensor.values
    values[0] = Float(bitPattern: values[0].bitPattern ^ 1 << 20)
    checkpoint.parameters[3] = NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
    try checkpoint.write(to: file)
    let finished = try replay("runs/checkpoint", from: 12, 4, ["--json"], in: sandbox)
    #expect(finished.status == 65, "\(finished.errors)")
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    #expect(document["first_difference"] as? Int == 16 && document["last_equal"] as? Int == 15)
    #expect(finished.lastErrorLine.contains("the checkpoint of step 16 differs"))
    // Who starts from it differs from the first digest on.
    let from = try replay("runs/checkpoint", from: 16, 2, in: sandbox)
    #expect(from.status == 65 && from.output == "step 18  record  differs\n")
    #expect(from.lastErrorLine.contains("between step 16"))
  }

  @Test func whatCannotBeComparedSaysWhy() throws {
    let sandbox = try Self.base.get()
    let nothing = try replay("runs/a", from: 12, 2, in: sandbox)
    #expect(nothing.status == 78 && nothing.lastErrorLine.contains("log.digests"))
    let beyond = try replay("runs/a", from: 20, 3, in: sandbox)
    #expect(beyond.status == 64 && beyond.lastErrorLine.contains("ends 2 steps after"))
    for steps in [0, -1] {
      #expect(try replay("runs/a", from: 20, steps, in: sandbox).status == 64)
    }
  }
}
