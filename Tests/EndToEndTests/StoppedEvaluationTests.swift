import Foundation
import TestSupport
import Testing

/// Signals that come while the net of an epoch is evaluated, which may take many times longer than a step.
///
/// Six steps, three an epoch.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct StoppedEvaluationTests {
  private static let command = FaultyCommand.train([])
  private static let undisturbed = Result {
    let folder = try command.folder()
    let finished = try Program.run(command.arguments, in: folder.path)
    try #require(finished.status == 0, "\(finished.errors)")
    return try command.result(folder)
  }

  private func epochs(_ folder: TemporaryFolder) throws -> [Int] {
    try String(contentsOfFile: folder("run/metrics.jsonl"), encoding: .utf8).split(separator: "\n")
      .compactMap { line in
        let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return record?["kind"] as? String == "epoch" ? record?["step"] as? Int : nil
      }
  }

  /// Of `rank`, at a call, on so many ranks: a run that is saved before its epoch is evaluated.
  private func stopped(
    at match: String, _ number: Int, ranks: Int?, rank: Int? = 0, epochs closed: [Int]
  ) throws -> TemporaryFolder {
    let folder = try Self.command.folder()
    let fault = Fault(match: match, number: number, deed: "SIGUSR1")
    let (finished, calls) = try FaultLibrary.run(
      Self.command.arguments, in: folder, fault: fault, ranks: ranks,
      rank: ranks == nil ? nil : rank)
    #expect(finished.status == 75 && calls.count >= number, "\(finished.errors)")
    #expect(try epochs(folder) == closed)
    let latest = try FileManager.default.destinationOfSymbolicLink(
      atPath: folder("run/checkpoints/latest"))
    #expect(latest == "step-00000000\(3 * (closed.count + 1)).h5")
    return folder
  }

  private func expectUndisturbed(_ folder: TemporaryFolder, ranks: Int?) throws {
    let again = try Program.run(Self.command.again, ranks: ranks, in: folder.path)
    #expect(again.status == 0, "\(again.errors)")
    let (result, expected) = (try Self.command.result(folder), try Self.undisturbed.get())
    for (name, value) in expected { #expect(result[name] == value, "\(name)") }
  }

  /// It comes after the record of step 3, with which the first epoch ends, or of step 6, with which the run does.
  @Test(arguments: [(nil, [3, 7]), (2, [3])])
  func itIsLeftOutAndMadeUpFor(_ ranks: Int?, _ numbers: [Int]) throws {
    for number in numbers {
      let folder = try stopped(
        at: "write run/metrics.jsonl", number, ranks: ranks, epochs: number == 3 ? [] : [3])
      try expectUndisturbed(folder, ranks: ranks == nil ? 2 : nil)
    }
  }

  /// Whoever makes up for it may be killed before the next save: the epoch is recorded once.
  @Test func theEpochIsRecordedOnce() throws {
    let folder = try stopped(at: "write run/metrics.jsonl", 3, ranks: nil, epochs: [])
    let (killed, _) = try FaultLibrary.run(
      Self.command.again, in: folder,
      fault: Fault(match: "create run/checkpoints/.step", number: 1, deed: "kill-before"))
    #expect(killed.status != 0)
    #expect(try epochs(folder) == [3])
    try expectUndisturbed(folder, ranks: nil)
  }
}
