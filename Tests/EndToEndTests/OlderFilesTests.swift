import Foundation
import Kernels
import TestSupport
import Testing

/// Files that an older csg-dist wrote are read, with a word where they lack what newer ones have, and
/// mean what they meant. (`Tests/Golden/older/make` made them.)
@Suite struct OlderFilesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["data", "weights.h5", "run.yaml"] {
      try FileManager.default.copyItem(
        atPath: Places.golden("older/\(name)"), toPath: folder(name))
    }
  }

  private func run(_ arguments: String...) throws -> Finished {
    let finished = try Program.run(arguments, in: folder.path)
    #expect(finished.status == 0, "\(arguments): \(finished.errors)")
    return finished
  }

  private func standard(_ json: String) throws -> (accuracy: Double, loss: Double) {
    let document = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let path = try #require(document?["standard"] as? [String: Any])
    return try (
      #require(path["accuracy"] as? Double), #require(path["loss"] as? Double)
    )
  }

  @Test func anEvaluationIsWhatItWas() throws {
    let finished = try run("evaluate", "weights.h5", "--data", "data", "--json")
    let now = try standard(finished.output)
    let then = try standard(
      String(contentsOfFile: Places.golden("older/expected.json"), encoding: .utf8))
    #expect(now.accuracy == then.accuracy && abs(now.loss - then.loss) < 1e-6)
    #expect(finished.errors.contains("warning: weights.h5 holds no class names"))
    #expect(finished.errors.contains("data/test was prepared by an older csg-dist"))
  }

  @Test(
    .enabled(if: CPULevel.best.hasFusedMultiplyAdd, "SKIPPED: this CPU has no fused multiply-add"))
  func aRunEndsAsItDid() throws {
    _ = try run("train", "run.yaml", "--output", "run")
    let then = try String(contentsOfFile: Places.golden("older/digest"), encoding: .utf8)
    #expect(try run("inspect", "run", "--digest").output == then)
  }

  @Test func aDataSetIsSealedAndStaysWhatItIs() throws {
    let before = try run("inspect", "data", "--digest")
    #expect(before.errors.contains("--write-digests"))
    let refused = try Program.run(["inspect", "data", "--write-digests"], in: folder.path)
    #expect(refused.status == 64 && refused.errors.contains("--verify"))
    _ = try run("inspect", "data", "--verify", "--write-digests")
    let after = try run("inspect", "data", "--verify", "--digest")
    #expect(after.output == before.output && !after.errors.contains("warning"))
    #expect(folder.listing().filter { $0.contains("partial") } == [])
    _ = try run("train", "run.yaml", "--output", "run")
  }
}
